// Leaves the page for the sign-in as soon as the session has ended: what a case shows must not stay on the screen.

const EVERY_MS = 4000;

export default function () {
  if (window.lastseenAtWork) return;
  window.lastseenAtWork = { session: null, timer: setInterval(look, EVERY_MS) };
  document.addEventListener("visibilitychange", () => document.hidden || look());
  look();
}

async function look() {
  let answer;
  try {
    answer = await fetch("/sign-in/state", { cache: "no-store" });
    if (answer.status !== 200 && answer.status !== 401) return;
  } catch {
    return; // the server is away for a moment, which the page says itself
  }
  if (answer.status === 401) {
    location.replace(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
    return;
  }
  const { session } = await answer.json();
  window.lastseenAtWork.session ??= session;
  if (window.lastseenAtWork.session !== session) location.reload(); // somebody else has signed in in this browser
}
