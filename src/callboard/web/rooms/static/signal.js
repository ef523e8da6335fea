/* The WebSocket: says hello with the link's token, comes back by itself (0.25 → 4 s), and says why when it must not. */
const AGAIN = new Set([1000, 1001, 1005, 1006, 1011, 1012, 1013, 1015, 4408, 4429, 4503]);

export class Signal {
  /** `handlers`: message(m), up(), down(code), stopped(code, reason). */
  constructor(url, token, session, handlers) {
    Object.assign(this, { url, token, session, handlers, wait: 250, socket: null, done: false, timer: 0 });
    addEventListener('online', () => { if (!this.done && !this.open) this.connect(); });
  }

  get open() { return this.socket?.readyState === WebSocket.OPEN; }

  connect(move = false) {
    clearTimeout(this.timer);
    this.done = false;
    const old = this.socket;
    const socket = this.socket = new WebSocket(this.url);
    old?.close();
    socket.addEventListener('open', () => {
      socket.send(JSON.stringify({ type: 'hello', token: this.token, session: this.session, move }));
    });
    socket.addEventListener('message', (event) => {
      if (socket !== this.socket) return;
      const message = JSON.parse(event.data);
      if (message.type === 'welcome') { this.wait = 250; this.handlers.up(); }
      this.handlers.message(message);
    });
    socket.addEventListener('close', (event) => {
      if (socket !== this.socket || this.done) return;
      if (AGAIN.has(event.code)) {
        this.handlers.down(event.code);
        const least = event.code === 4429 || event.code === 4503 ? 4000 : this.wait;
        this.timer = setTimeout(() => this.connect(), least * (0.8 + Math.random() * 0.4));
        this.wait = Math.min(4000, this.wait * 2);
      } else {
        this.done = true;
        this.handlers.stopped(event.code, event.reason);
      }
    });
  }

  send(message) {
    if (this.open) this.socket.send(JSON.stringify(message));
    return this.open;
  }

  /** Leave for good: the server need not wait whether we come back. */
  leave() {
    this.done = true;
    clearTimeout(this.timer);
    this.send({ type: 'leave' });
    this.socket?.close(1000);
  }
}
