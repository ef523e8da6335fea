/* Recording, on the agent's page: both pictures side by side and both voices, in numbered chunks, only while everybody agrees. */
import { $, t, toast } from './dom.js';

const TYPES = ['video/webm;codecs=vp8,opus', 'video/webm', 'video/mp4'];
const CHUNK_MS = 3000;

export class Recorder {
  constructor(url, token, devices, remoteStream) {
    Object.assign(this, { url, token, devices, remoteStream, run: null });
  }

  static get possible() { return typeof MediaRecorder === 'function' && TYPES.some((type) => MediaRecorder.isTypeSupported(type)); }

  async start() {
    if (this.run) return;
    const run = this.run = { next: 0, queue: Promise.resolve(), stop: [] };
    const type = TYPES.find((one) => MediaRecorder.isTypeSupported(one));
    try {
      run.id = (await this.ask('POST', this.url, null, type)).id;
    } catch { this.run = null; toast(t('record_failed')); return; }
    if (this.run !== run) return;
    const recorder = run.recorder = new MediaRecorder(this.mix(run), { mimeType: type, videoBitsPerSecond: 1_200_000 });
    recorder.addEventListener('dataavailable', ({ data }) => { if (data.size) this.upload(run, data); });
    recorder.addEventListener('stop', () => {
      run.queue.then(() => this.ask('POST', `${this.url}/${run.id}`)).catch(() => toast(t('record_failed')));
      run.stop.forEach((act) => act());
    });
    recorder.start(CHUNK_MS);
  }

  stop() {
    const run = this.run;
    this.run = null;
    if (run?.recorder?.state === 'recording') run.recorder.stop();
  }

  /** One chunk after the other; a chunk whose answer was lost may come twice, the server knows it by its number. */
  upload(run, data) {
    const sequence = run.next++;
    run.queue = run.queue.then(async () => {
      for (let attempt = 0; ; attempt += 1) {
        try { await this.ask('PUT', `${this.url}/${run.id}/${sequence}`, data, data.type); return; } catch (error) {
          if (error.final || attempt >= 6) { this.stop(); toast(t('record_failed')); throw error; }
          await new Promise((done) => { setTimeout(done, 500 * 2 ** attempt); });
        }
      }
    });
    run.queue.catch(() => {});
  }

  async ask(method, url, body = null, type = 'application/octet-stream') {
    const answer = await fetch(url, { method, body, headers: { Authorization: `Bearer ${this.token}`, 'Content-Type': type } });
    if (!answer.ok) throw Object.assign(new Error(`${answer.status}`), { final: answer.status < 500 && answer.status !== 429 });
    return answer.json();
  }

  mix(run) {
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [1280, 480];
    const pen = canvas.getContext('2d');
    const draw = () => {
      pen.fillStyle = '#14161a';
      pen.fillRect(0, 0, canvas.width, canvas.height);
      const left = $('screen').hidden ? $('remote') : $('screen');
      [left, $('self')].forEach((video, i) => {
        if (!video.videoWidth) return;
        const scale = Math.min(640 / video.videoWidth, 480 / video.videoHeight);
        const [w, h] = [video.videoWidth * scale, video.videoHeight * scale];
        pen.drawImage(video, i * 640 + (640 - w) / 2, (480 - h) / 2, w, h);
      });
    };
    const timer = setInterval(draw, 66);
    const stream = canvas.captureStream(15);
    const audio = new AudioContext();
    const out = audio.createMediaStreamDestination();
    for (const track of [this.devices.mic, ...this.remoteStream().getAudioTracks()]) {
      if (track) audio.createMediaStreamSource(new MediaStream([track])).connect(out);
    }
    out.stream.getAudioTracks().forEach((track) => stream.addTrack(track));
    run.stop.push(() => clearInterval(timer), () => audio.close(), () => stream.getTracks().forEach((track) => track.stop()));
    return stream;
  }
}
