// One line to the server for all tabs of this browser: it tells what has changed (api/events.py), each tab what it shows.
// A shared worker, since a browser opens only six lines to one server, and every tab would take one of them.

const AGAIN_MS = 5000;
const tabs = new Map(); // port -> the case ids it shows
const known = new Map(); // case id -> what was told of it last
let line = null;
let asked = "";
let session = null;
let again = 0;

onconnect = ({ ports: [port] }) => {
  tabs.set(port, []);
  port.onmessage = ({ data }) => {
    if (data.leaves) tabs.delete(port);
    else tabs.set(port, data.cases);
    if (data.cases && session !== null) port.postMessage({ session });
    for (const id of data.cases ?? []) if (known.has(id)) port.postMessage(known.get(id));
    open();
  };
  port.start();
};

function open() {
  const wanted = [...new Set([...tabs.values()].flat())].sort().slice(0, 20);
  const address = wanted.length ? `/api/v1/events?${wanted.map((id) => `case=${encodeURIComponent(id)}`).join("&")}` : "";
  if (address === asked && (line === null) === (address === "")) return;
  line?.close();
  line = null;
  asked = address;
  for (const id of known.keys()) if (!wanted.includes(id)) known.delete(id);
  clearTimeout(again);
  if (!address) return;
  const mine = (line = new EventSource(address));
  mine.addEventListener("hello", ({ data }) => {
    session = JSON.parse(data).session;
    toAll({ session });
  });
  mine.onmessage = ({ data }) => {
    const told = JSON.parse(data);
    known.set(told.case, told);
    toAll(told);
  };
  mine.onerror = () => {
    toAll({ lost: true });
    if (mine.readyState !== EventSource.CLOSED || line !== mine) return; // else it comes back by itself
    line = null;
    session = null;
    again = setTimeout(open, AGAIN_MS);
  };
}

function toAll(told) {
  for (const port of tabs.keys()) port.postMessage(told);
}
