/* Browser to browser: one connection per other page, three fixed sections (microphone, camera, screen), so that turning one on or
   off never renegotiates. The agent's page offers; the server polices what passes. */
const SECTIONS = ['audio', 'video', 'video'];

class Peer {
  constructor(id, owner) {
    Object.assign(this, { id, owner, early: [], restarting: 0 });
    const pc = this.pc = new RTCPeerConnection({ iceServers: owner.ticket.iceServers ?? [], iceTransportPolicy: owner.ticket.iceTransportPolicy ?? 'all', bundlePolicy: 'max-bundle' });
    pc.addEventListener('icecandidate', ({ candidate }) => owner.send({ to: id, candidate: candidate && candidate.toJSON() }));
    pc.addEventListener('track', ({ transceiver, track }) => {
      const place = pc.getTransceivers().indexOf(transceiver);
      owner.remote(id, ['mic', 'cam', 'screen'][place], track);
    });
    pc.addEventListener('connectionstatechange', () => this.changed());
    if (owner.offers) {
      SECTIONS.forEach((kind, i) => pc.addTransceiver(kind, { direction: owner.direction(i) }));
      owner.fill(this);
      this.offer();
    }
  }

  async offer(restart = false) {
    const pc = this.pc;
    if (pc.signalingState === 'closed') return;
    await pc.setLocalDescription(await pc.createOffer({ iceRestart: restart }));
    this.owner.send({ to: this.id, description: { type: 'offer', sdp: pc.localDescription.sdp } });
  }

  async hear({ description, candidate, restart }) {
    const pc = this.pc;
    if (restart) { if (this.owner.offers) await this.offer(true); return; }
    if (description) {
      if (description.type === 'offer' && pc.signalingState !== 'stable') await pc.setLocalDescription({ type: 'rollback' });
      await pc.setRemoteDescription(description);
      for (const waiting of this.early.splice(0)) await this.add(waiting);
      if (description.type === 'offer') {
        pc.getTransceivers().forEach((one, i) => { one.direction = this.owner.direction(i); });
        this.owner.fill(this);
        await pc.setLocalDescription();
        this.owner.send({ to: this.id, description: { type: 'answer', sdp: pc.localDescription.sdp } });
      }
    } else if (candidate !== undefined) {
      if (pc.remoteDescription) await this.add(candidate); else this.early.push(candidate);
    }
  }

  add(candidate) { return this.pc.addIceCandidate(candidate ?? undefined).catch(() => {}); }

  changed() {
    const state = this.pc.connectionState;
    this.owner.state(this.id, state);
    if (state === 'failed') this.again();
    if (state === 'disconnected') setTimeout(() => { if (this.pc.connectionState === 'disconnected') this.again(); }, 2500);
  }

  /** Look for another way through the network. */
  again() {
    if (Date.now() - this.restarting < 3000) return;
    this.restarting = Date.now();
    if (this.owner.offers) this.offer(true); else this.owner.send({ to: this.id, restart: true });
  }

  close() { this.pc.close(); }
}

export class Peers {
  /** `send(message)`, `remote(id, kind, track)`, `state(id, state)`. */
  constructor(offers, devices, { send, remote, state }) {
    Object.assign(this, { offers, devices, send, remote, state, ticket: {}, all: new Map(), early: new Map(), sending: true, muted: false, mine: [true, true, true], theirs: [true, true, true] });
  }

  /** These are the pages we are put through to: connect to new ones, let go of the others. */
  sync(ids) {
    for (const [id, peer] of this.all) if (!ids.includes(id)) { peer.close(); this.all.delete(id); }
    for (const id of ids) {
      if (this.all.has(id)) continue;
      const peer = new Peer(id, this);
      this.all.set(id, peer);
      for (const message of this.early.get(id) ?? []) peer.hear(message);
    }
    this.early.clear();
  }

  hear(message) {
    const peer = this.all.get(message.from);
    if (peer) peer.queue = (peer.queue ?? Promise.resolve()).then(() => peer.hear(message)).catch(() => peer.again());
    else this.early.set(message.from, [...(this.early.get(message.from) ?? []), message]);
  }

  /** After the signalling came back: a way that broke meanwhile is looked for again. */
  back() { for (const peer of this.all.values()) if (!['connected', 'connecting'].includes(peer.pc.connectionState)) { peer.restarting = 0; peer.again(); } }

  /** Neither sent nor taken in is what the room does not have: a browser drops what its own side did not agree to receive. */
  direction(i) {
    const [send, take] = [this.mine[i], this.theirs[i]];
    return send ? (take ? 'sendrecv' : 'sendonly') : take ? 'recvonly' : 'inactive';
  }

  tracks() {
    const { mic, cam, screen, camOn } = this.devices;
    if (!this.sending) return [null, null, null];
    return [this.muted ? null : mic, camOn ? cam : null, screen];
  }

  fill(peer) {
    const tracks = this.tracks();
    peer.pc.getTransceivers().forEach((one, i) => {
      if (one.sender.track !== (tracks[i] ?? null)) one.sender.replaceTrack(tracks[i] ?? null).catch(() => {});
    });
  }

  apply() { for (const peer of this.all.values()) this.fill(peer); }
  close() { this.sync([]); }
}
