/* Before the call: who and when, the countdown, and the device check. Nothing is sent to anyone here. */
import { $, boot, hour, minutes, now, ownZone, press, put, show, stopwatch, t, when } from './dom.js';
import { measure, testSound } from './devices.js';

export class Lobby {
  constructor(devices) {
    Object.assign(this, { devices, stopMeter: null, measured: null, heard: false, startsAt: boot.startsAt });
    $('ask-devices').addEventListener('click', () => devices.open());
    $('pre-mic').addEventListener('click', () => devices.toggle('mic', !devices.micOn));
    $('pre-cam').addEventListener('click', () => devices.toggle('cam', !devices.camOn));
    $('test-sound').addEventListener('click', async () => {
      put('mic-text', t('test_sound_playing'));
      await testSound($('pick-out').value);
    });
    $('pick-cam').addEventListener('change', (e) => devices.choose('cam', e.target.value));
    $('pick-mic').addEventListener('change', (e) => devices.choose('mic', e.target.value));
    $('pick-out').addEventListener('change', (e) => this.speaker(e.target.value));
    $('blur').addEventListener('change', (e) => devices.blur(e.target.checked).catch(() => { e.target.checked = false; }));
    devices.onChange(() => this.draw());
    this.times(boot.startsAt, boot.endsAt);
    if (boot.movedFrom) this.moved(boot.movedFrom, boot.startsAt, boot.endsAt);
    setInterval(() => this.count(), 1000);
    this.count();
    this.draw();
  }

  speaker(id) { for (const video of [$('remote'), $('screen')]) video.setSinkId?.(id).catch(() => {}); }

  /** In this device's own zone; a traveller's clock is what they look at. */
  times(startsAt, endsAt) {
    const place = ownZone.split('/').pop().replaceAll('_', ' ');
    put('customer-when', `${when(startsAt)} – ${hour(endsAt)}`);
    put('customer-zone', place);
    put('office-when', `${when(startsAt, boot.officeZone)} – ${hour(endsAt, boot.officeZone)}`);
    show('office-line', when(startsAt) !== when(startsAt, boot.officeZone));
    this.startsAt = startsAt;
  }

  moved(old, startsAt, endsAt) {
    this.times(startsAt, endsAt);
    put('moved-text', t('moved_text', { old: when(old) }));
    show('moved');
  }

  count() {
    const left = this.startsAt - now();
    show('countdown');
    if (left > 86400) put('countdown', t('early_long', { when: when(this.startsAt) }));
    else if (left > 60) put('countdown', t('early', { countdown: stopwatch(left) }));
    else if (left > 0) put('countdown', t('soon'));
    else if (left > -60) put('countdown', t('now'));
    else put('countdown', t('late_wait', { minutes: minutes(-left) }));
    $('countdown').classList.toggle('due', left <= 60);
  }

  draw() {
    const { mic, cam, micOn, camOn, problem, asked, possible } = this.devices;
    press($('pre-mic'), micOn, micOn ? 'mic' : 'mic-off', t(micOn ? 'mic_on' : 'mic_off'));
    press($('pre-cam'), camOn, camOn ? 'cam' : 'cam-off', t(camOn ? 'cam_on' : 'cam_off'));
    show('pre-mic', boot.may.microphone && Boolean(mic));
    show('pre-cam', boot.may.camera && Boolean(cam));
    show('ask-devices', possible && !cam && !mic && !asked && (boot.may.camera || boot.may.microphone));
    const seen = cam && camOn;
    if (seen && $('preview').srcObject?.getVideoTracks()[0] !== cam) $('preview').srcObject = new MediaStream([cam]);
    $('preview').hidden = !seen;
    const why = problem.cam && { blocked: 'preview_blocked', none: 'preview_none' }[problem.cam];
    show('preview-text', !seen);
    put('preview-text', !possible ? t('preview_insecure') : !boot.may.camera ? t('preview_room_off') : why ? t(why) : t(asked || cam ? 'preview_off' : 'check_devices_hint'));
    show('join-without', Boolean(problem.cam) && !cam);
    this.sound(mic, micOn, problem.mic);
    this.pickers();
  }

  sound(mic, on, problem) {
    if (mic !== this.measured) {
      this.stopMeter?.();
      this.measured = mic;
      this.stopMeter = mic && measure(mic, $('meter'), () => { if (!this.heard) { this.heard = true; put('mic-text', t('mic_good')); } });
    }
    if (!boot.may.microphone) put('mic-text', t('mic_room_off'));
    else if (problem) put('mic-text', t(problem === 'blocked' ? 'mic_blocked' : 'mic_none'));
    else if (mic && on) put('mic-text', t(this.heard ? 'mic_good' : 'mic_quiet'));
    else put('mic-text', mic ? t('mic_off') : '');
    $('meter').closest('.meter-row').hidden = !mic;
  }

  async pickers() {
    const { devices } = this;
    const all = await devices.list();
    const fill = (row, pick, kind, track) => {
      const found = all.filter((d) => d.kind === kind);
      show(row, found.length > 0 && (kind !== 'audiooutput' || 'setSinkId' in HTMLMediaElement.prototype));
      const key = found.map((d) => d.deviceId).join();
      if ($(pick).dataset.key !== key) {
        $(pick).dataset.key = key;
        $(pick).replaceChildren(...found.map((d) => new Option(d.label || d.kind, d.deviceId)));
      }
      const current = track?.getSettings().deviceId;
      if (current) $(pick).value = current;
    };
    fill('row-cam', 'pick-cam', 'videoinput', devices.cam);
    fill('row-mic', 'pick-mic', 'audioinput', devices.mic);
    fill('row-out', 'pick-out', 'audiooutput');
    show('row-blur', boot.may.blur && devices.blurs);
    show('blur-absent', boot.may.blur && Boolean(devices.cam) && !devices.blurs);
  }

  /** The call has begun: the meter need not listen any more; the pickers move into the call's own sheet. */
  leave() {
    this.stopMeter?.();
    this.stopMeter = null;
    this.measured = this.devices.mic;
    $('sheet-devices').append(...$('pickers').childNodes);
  }
}
