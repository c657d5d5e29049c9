// The language, the reading direction and the look of the page, as this reader has chosen them. The choice lives in two
// cookies, so that the sign-in pages know it too; Streamlit itself keeps its theme in the browser's store, one entry for
// each page's address.
const YEAR_S = 31_536_000;
const THEMES = { light: 'Light', dark: 'Dark', system: 'System' };
const VERSION = 2; // of Streamlit's entries: see stActiveTheme in its scripts (1.67)

function cookie(name) {
  const found = document.cookie.split('; ').find((part) => part.startsWith(`${name}=`));
  return found ? found.slice(name.length + 1) : '';
}

// True when the browser has taken it: one that refuses cookies must not be sent round in circles.
function setCookie(name, value) {
  const secure = location.protocol === 'https:' ? '; secure' : '';
  document.cookie = `${name}=${value}; path=/; max-age=${YEAR_S}; samesite=lax${secure}`;
  return cookie(name) === value;
}

// Streamlit's entry for this address; true when it was another until now and has been kept.
function setTheme(look, paths) {
  const base = look.replace('contrast-', '');
  const wanted = JSON.stringify(THEMES[base] || THEMES.system);
  const key = (path) => `stActiveTheme-${path}-v${VERSION}`;
  try {
    const before = localStorage.getItem(key(location.pathname)) || JSON.stringify(THEMES.system);
    paths.forEach((path) => localStorage.setItem(key(path), wanted));
    localStorage.setItem(key(location.pathname), wanted);
    return before !== wanted && localStorage.getItem(key(location.pathname)) === wanted;
  } catch {
    return false; // a browser without a store of its own shows what the system has
  }
}

export default function look({ data }) {
  const root = document.documentElement;
  root.lang = data.language;
  root.dir = data.direction;
  const more = window.matchMedia('(prefers-contrast: more)').matches;
  root.dataset.lsContrast = data.look.startsWith('contrast') || (more && (data.look === '' || data.look === 'system')) ? 'more' : 'usual';
  let changed = false;
  if (data.save) {
    Object.entries(data.save).forEach(([name, value]) => {
      if (cookie(name) !== value) changed = setCookie(name, value) || changed;
    });
  }
  if (data.look && setTheme(data.look, data.paths)) changed = true;
  if (changed) location.reload();
}
