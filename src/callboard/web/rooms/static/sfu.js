/* Through a media server: one connection up, one down, both negotiated through our own signalling. */
const SECTIONS = ['audio', 'video', 'video'];

export class Sfu {
  constructor(devices, { send, remote, state }) {
    Object.assign(this, { devices, send, remote, state, ticket: {}, up: null, down: null, ready: false, sending: true, muted: false, mine: [true, true, true], ids: [] });
  }

  make(name) {
    const pc = new RTCPeerConnection({ iceServers: this.ticket.iceServers ?? [], bundlePolicy: 'max-bundle' });
    pc.addEventListener('icecandidate', ({ candidate }) => this.send({ do: 'trickle', way: name, candidate: candidate && candidate.toJSON() }));
    return pc;
  }

  /** Publish once we are put through to anybody; the server decides whether it passes on what we send. */
  sync(ids) {
    this.ids = ids;
    if (ids.length && !this.up && this.ready) this.publish();
  }

  async publish() {
    const pc = this.up = this.make('up');
    SECTIONS.forEach((kind, i) => pc.addTransceiver(kind, { direction: this.mine[i] ? 'sendonly' : 'inactive' }));
    this.apply();
    await pc.setLocalDescription();
    this.send({ do: 'publish', description: { type: 'offer', sdp: pc.localDescription.sdp } });
  }

  /** One after the other: a description that comes while another is being answered must wait. */
  hear(message) { this.queue = (this.queue ?? Promise.resolve()).then(() => this.take(message)).catch(() => {}); }

  async take(message) {
    if (message.do === 'ready') { this.close(); this.ready = true; this.sync(this.ids); }
    if (message.do === 'published') await this.up?.setRemoteDescription(message.description);
    if (message.do === 'subscribe') await this.subscribe(message);
    if (message.do === 'trickle') await (message.way === 'up' ? this.up : this.down)?.addIceCandidate(message.candidate ?? undefined).catch(() => {});
  }

  async subscribe({ description, kinds }) {
    this.down?.close();
    const pc = this.down = this.make('down');
    pc.addEventListener('track', ({ transceiver, track }) => this.remote('', kinds[transceiver.mid], track));
    pc.addEventListener('connectionstatechange', () => this.ids.forEach((id) => this.state(id, pc.connectionState)));
    await pc.setRemoteDescription(description);
    await pc.setLocalDescription();
    this.send({ do: 'answer', description: { type: 'answer', sdp: pc.localDescription.sdp } });
  }

  apply() {
    if (!this.up) return;
    const { mic, cam, screen, camOn } = this.devices;
    const tracks = this.sending ? [this.muted ? null : mic, camOn ? cam : null, screen] : [null, null, null];
    this.up.getTransceivers().forEach((one, i) => { if (one.sender.track !== (tracks[i] ?? null)) one.sender.replaceTrack(tracks[i] ?? null).catch(() => {}); });
  }

  /** The server's side is new after a reconnection: it says when it is ready to be published to again. */
  back() { this.ready = false; this.close(); }
  close() { this.up?.close(); this.down?.close(); this.up = null; this.down = null; }
}
