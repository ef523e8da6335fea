/* Camera, microphone, screen: asked for one by one, so that a missing one does not cost the others. */
import { boot } from './dom.js';

const CAMERA = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30, max: 30 } };

export class Devices {
  constructor() {
    Object.assign(this, { mic: null, cam: null, screen: null, micOn: true, camOn: true, problem: {}, asked: false, changed: () => {} });
    this.listeners = [];
    navigator.mediaDevices?.addEventListener?.('devicechange', () => this.tell());
  }

  onChange(act) { this.listeners.push(act); }
  tell() { this.listeners.forEach((act) => act()); }
  get possible() { return Boolean(navigator.mediaDevices?.getUserMedia); }

  /** Whether the browser was already told that we may: then a preview needs no question. */
  async granted() {
    try {
      const asked = await Promise.all(['camera', 'microphone'].map((name) => navigator.permissions.query({ name })));
      return asked.some((p) => p.state === 'granted');
    } catch { return false; }
  }

  /** Open what the room has for us; together first, because that is one question instead of two. */
  async open() {
    if (!this.possible) return;
    this.asked = true;
    const wanted = { audio: boot.may.microphone && !this.mic, video: boot.may.camera && !this.cam };
    if (!wanted.audio && !wanted.video) return;
    const asked = { audio: wanted.audio && this.audioWish(), video: wanted.video && this.videoWish() };
    try {
      this.take(await navigator.mediaDevices.getUserMedia(asked));
    } catch (error) {
      if (wanted.audio !== wanted.video) this.fail(wanted.audio ? 'mic' : 'cam', error);
      else await Promise.all([this.openOne('mic'), this.openOne('cam')]);
    }
    this.tell();
  }

  audioWish(id) { return { echoCancellation: true, noiseSuppression: true, autoGainControl: true, ...(id && { deviceId: { exact: id } }) }; }
  videoWish(id) { return { ...CAMERA, ...(id && { deviceId: { exact: id } }) }; }

  async openOne(kind, id) {
    try {
      this.take(await navigator.mediaDevices.getUserMedia(kind === 'mic' ? { audio: this.audioWish(id) } : { video: this.videoWish(id) }));
    } catch (error) { this.fail(kind, error); }
  }

  fail(kind, error) { this.problem[kind] = error.name === 'NotAllowedError' || error.name === 'SecurityError' ? 'blocked' : 'none'; }

  take(stream) {
    for (const track of stream.getTracks()) {
      const kind = track.kind === 'audio' ? 'mic' : 'cam';
      this[kind]?.stop();
      this[kind] = track;
      delete this.problem[kind];
      track.enabled = kind === 'mic' ? this.micOn : this.camOn;
      track.addEventListener('ended', () => { if (this[kind] === track) { this[kind] = null; this.problem[kind] = 'none'; this.tell(); } });
    }
  }

  async choose(kind, id) {
    await this.openOne(kind, id);
    this.tell();
  }

  toggle(kind, on) {
    this[`${kind}On`] = on;
    if (this[kind]) this[kind].enabled = on;
    this.tell();
  }

  async list() {
    if (!navigator.mediaDevices?.enumerateDevices) return [];
    return (await navigator.mediaDevices.enumerateDevices()).filter((d) => d.deviceId);
  }

  async share() {
    const stream = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { max: 15 } }, audio: false });
    this.screen = stream.getVideoTracks()[0];
    this.screen.contentHint = 'detail';
    this.screen.addEventListener('ended', () => this.unshare());
    this.tell();
  }

  unshare() {
    this.screen?.stop();
    this.screen = null;
    this.tell();
  }

  /** Real blur or none: only what the browser and camera offer themselves. */
  get blurs() { return Boolean(this.cam?.getCapabilities?.().backgroundBlur?.includes(true)); }
  async blur(on) { await this.cam?.applyConstraints({ backgroundBlur: on }); }

  close() {
    for (const kind of ['mic', 'cam', 'screen']) { this[kind]?.stop(); this[kind] = null; }
  }
}

/** Microphone level 0…1 into a <meter>; returns how to stop. */
export function measure(track, meter, heard) {
  const context = new AudioContext();
  const analyser = new AnalyserNode(context, { fftSize: 512 });
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    if (context.state === 'suspended') context.resume();
    analyser.getFloatTimeDomainData(samples);
    const level = Math.min(1, Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length) * 4);
    meter.value = level;
    if (level > 0.05) heard();
  }, 80);
  return () => { clearInterval(timer); context.close(); meter.value = 0; };
}

/** Three soft notes on the chosen speaker. */
export async function testSound(sink) {
  const context = new AudioContext();
  if (sink && context.setSinkId) await context.setSinkId(sink).catch(() => {});
  [523.25, 659.25, 783.99].forEach((frequency, i) => {
    const at = context.currentTime + 0.05 + i * 0.28;
    const note = new OscillatorNode(context, { type: 'sine', frequency });
    const level = new GainNode(context, { gain: 0 });
    level.gain.setValueAtTime(0, at);
    level.gain.linearRampToValueAtTime(0.18, at + 0.03);
    level.gain.exponentialRampToValueAtTime(0.001, at + 0.5);
    note.connect(level).connect(context.destination);
    note.start(at);
    note.stop(at + 0.55);
  });
  setTimeout(() => context.close(), 1800);
}
