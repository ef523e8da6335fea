/* Small hands: find, show, say, and the page's texts and times. Text goes in as text, never as markup. */
export const boot = JSON.parse(document.getElementById('boot').textContent);
export const $ = (id) => document.getElementById(id);

let ahead = boot.now * 1000 - Date.now();
/** The server's clock: a customer's own may be wrong by minutes. */
export const now = () => (Date.now() + ahead) / 1000;
export function setNow(seconds) { ahead = seconds * 1000 - Date.now(); }

/** A text with its {holes} filled. */
export function t(key, values = {}) {
  return (boot.texts[key] ?? key).replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
}
export function show(id, yes = true) { $(id).hidden = !yes; }
export function put(id, text) { if ($(id).textContent !== text) $(id).textContent = text; }

/** Tell a screen reader; `urgent` interrupts it. */
export function say(text, urgent = false) {
  const line = $(urgent ? 'alarm' : 'live');
  if (line.textContent === text) return;
  line.textContent = text;
}

/** A round button's sign, words and state at once: what it shows is what it will say. */
export function press(button, on, icon, label) {
  button.setAttribute('aria-pressed', String(on));
  if (icon) button.querySelector('use').setAttribute('href', `#i-${icon}`);
  if (label) button.querySelector('.label').textContent = label;
}

export function button(text, kind, act) {
  const made = document.createElement('button');
  made.type = 'button';
  made.className = kind;
  made.textContent = text;
  made.addEventListener('click', act);
  return made;
}

/** Put these elements in place of what is there, unless they say the same. */
export function actions(id, made) {
  const place = $(id);
  const key = made.map((b) => b.textContent).join('|');
  if (place.dataset.key === key) return;
  place.dataset.key = key;
  place.replaceChildren(...made);
}

let toasting;
export function toast(text) {
  put('toast', text);
  show('toast');
  say(text);
  clearTimeout(toasting);
  toasting = setTimeout(() => show('toast', false), 5000);
}

const language = boot.texts.lang === 'en' ? 'en-GB' : boot.texts.lang;  // day before month, 24 hours: as the server writes it
const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone || boot.zone;
export function when(seconds, zone = ownZone) {
  const day = new Intl.DateTimeFormat(language, { weekday: 'long', day: 'numeric', month: 'long', timeZone: zone }).format(seconds * 1000);
  return `${day}, ${hour(seconds, zone)}`;
}
export function hour(seconds, zone = ownZone) {
  return new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: zone }).format(seconds * 1000);
}
export const minutes = (seconds) => String(Math.max(1, Math.floor(seconds / 60)));
export function stopwatch(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  const tail = `${String(Math.floor(s / 60) % 60).padStart(s >= 3600 ? 2 : 1, '0')}:${String(s % 60).padStart(2, '0')}`;
  return s >= 3600 ? `${Math.floor(s / 3600)}:${tail}` : tail;
}
export { ownZone };
