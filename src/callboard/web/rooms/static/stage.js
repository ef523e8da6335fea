/* The call's picture: draws a snapshot of the room. It decides nothing; what the server says is what is shown. */
import { $, actions, boot, button, minutes, now, press, put, say, show, stopwatch, t } from './dom.js';

export class Stage {
  constructor(app) {
    this.app = app;
    this.room = null;
    this.links = new Map();
    $('remote').addEventListener('resize', () => this.fit());
    setInterval(() => this.tick(), 1000);
  }

  get agent() { return boot.role === 'agent'; }
  get names() {
    const customer = this.room?.customer?.name || boot.customer || t('the_customer');
    return { agent: boot.agent || t('the_agent'), customer };
  }
  nameOf(peer) { return peer?.name || (peer?.role ? this.names[peer.role] : t('the_other')); }

  draw(room) {
    this.room = room;
    this.cover();
    this.controls();
    this.door();
    this.notes();
    this.recording();
    this.people();
    const peer = room.peers[0];
    const held = room.state === 'on_hold';
    $('remote').muted = held || Boolean(peer?.muted);
    show('screen', Boolean(peer?.sharing) && !held);
    $('pictures').classList.toggle('shared', !$('screen').hidden);
    show('remote-name', Boolean(peer) && !held && (room.may.list || peer.sharing) && $('cover').hidden);
    put('remote-name', peer?.sharing ? t('shares', { name: this.nameOf(peer) }) : this.nameOf(peer));
    $('remote').classList.toggle('dark', !peer || held || peer.cam === false);
    show('clock', Boolean(room.startedAt) && room.state !== 'ended');
    this.tick();
  }

  /** What stands over the picture when there is none, and why. */
  cover() {
    const { room } = this;
    const peer = room.peers[0];
    const said = this.words(room, peer);
    show('cover', Boolean(said));
    if (!said) { this.said = null; return; }
    put('cover-title', said.title);
    put('cover-text', said.text ?? '');
    put('cover-more', said.more ?? '');
    show('cover-more', Boolean(said.more));
    show('cover-pulse', Boolean(said.wait));
    actions('cover-actions', said.actions ?? []);
    if (this.said !== said.title + said.text) { this.said = said.title + said.text; say(`${said.title}. ${said.text ?? ''}`); }
  }

  words(room, peer) {
    const { names } = this;
    if (room.state === 'on_hold') {
      const text = room.holdMessage || t(this.agent ? 'hold_agent' : 'hold_text');
      return { title: t('hold_title'), text, wait: !this.agent, actions: this.agent ? [button(t('resume'), 'primary', () => this.app.send({ type: 'resume' }))] : [] };
    }
    if (this.app.ticket?.kind === 'external' && room.place === 'in_room') {
      return { title: t('admitted_title'), text: t('external_text'), actions: [this.external()] };
    }
    if (room.place === 'waiting') {
      const late = now() - room.startsAt;
      const text = late > 60 ? 'waiting_late' : late < -60 ? 'waiting_early' : 'waiting_text';
      return { title: t('waiting_title'), text: t(text, names), more: t('waiting_keep'), wait: true };
    }
    if (!peer) return this.alone(room);
    if (this.links.get(peer.id) !== 'connected' && !$('remote').videoWidth) return { title: t('connecting'), wait: true };
    if (peer.cam === false && !peer.sharing) return { title: this.nameOf(peer), text: t('peer_cam_off') };
    return null;
  }

  alone(room) {
    if (room.breakout) return { title: t('breakout_title'), text: t('breakout_text'), wait: true };
    if (!this.agent) {
      const key = room.state === 'in_call' ? 'peer_gone' : 'admitted';
      return { title: t(`${key}_title`, { name: this.names.agent }), text: t(`${key}_text`, this.names), wait: true };
    }
    const { place, breakout } = room.customer;
    if (breakout) return { title: t('breakout_title'), text: t('breakout_text') };
    if (place === 'left') return { title: t('peer_gone_title', { name: this.names.customer }), text: t('agent_left_text', this.names) };
    if (place === 'in_room') return { title: t('connecting'), wait: true };
    if (place === 'waiting') return { title: t('agent_ready_title'), text: t('agent_ready_text', this.names) };
    return { title: t('agent_alone_title'), text: t('agent_alone_text', this.names), wait: true };
  }

  external() {
    const link = document.createElement('a');
    link.className = 'primary as-button';
    link.href = this.app.ticket.url;
    link.target = '_blank';
    link.rel = 'noopener noreferrer';
    link.textContent = t('external_go');
    return link;
  }

  door() {
    const waits = this.agent && this.room.customer.place === 'waiting' && this.room.state !== 'ended';
    const fresh = waits && $('door').hidden;
    show('door', waits);
    if (!waits) return;
    put('door-title', t('agent_waiting_title', this.names));
    this.doorText();
    if (fresh) say(t('agent_waiting_title', this.names), true);
  }

  doorText() {
    const { since, lateBy } = this.room.customer;
    const waited = now() - since;
    const parts = [waited < 60 ? t('agent_waiting_now') : t('agent_waiting_text', { minutes: minutes(waited) })];
    if (lateBy) parts.push(t('agent_waiting_late', { minutes: minutes(lateBy) }));
    put('door-text', parts.join(' · '));
  }

  notes() {
    const { note, noteAt } = this.room;
    const key = `${noteAt}:${note}`;
    if (!note) show('note', false);
    else if (this.noted !== key) { put('note-text', note); show('note'); say(`${t('note_title')}: ${note}`); }
    this.noted = key;
    if (this.wasMuted !== undefined && this.wasMuted !== this.room.muted) say(t(this.room.muted ? 'muted_by' : 'unmuted_by'), true);
    this.wasMuted = this.room.muted;
    put('self-note', this.room.muted ? t('muted_by') : this.app.devices.screen ? t('you_share') : '');
    show('self-note', Boolean($('self-note').textContent));
  }

  recording() {
    const { recording, may, state } = this.room;
    const on = recording === 'on' && state !== 'ended';
    show('badge-rec', on);
    show('recording-bar', on && !this.agent);
    const asked = recording === 'asked' && !this.agent;
    if (asked && $('consent').hidden) { put('consent-text', t('record_ask_text', this.names)); show('consent'); $('consent-no').focus(); say(t('record_ask_title'), true); }
    if (!asked) show('consent', false);
    show('record', this.agent && may.recording && (state === 'in_call' || on));
    press($('record'), on, 'rec', t(recording === 'asked' || on ? 'record_stop' : 'record_start'));
    if (this.recorded !== recording) {
      if (on && this.agent) this.app.toast(t('record_on_text'));
      else if (on) say(t('record_on_text'), true);
      if (this.agent && recording === 'refused') this.app.toast(t('record_refused', this.names));
      if (this.agent && recording === 'asked') this.app.toast(t('record_asked', this.names));
    }
    this.recorded = recording;
  }

  controls() {
    const { room, app: { devices } } = this;
    const { may } = room;
    const mic = devices.micOn && devices.mic && !room.muted;
    const cam = devices.camOn && devices.cam;
    press($('mic'), Boolean(mic), mic ? 'mic' : 'mic-off', t(mic ? 'mic_on' : 'mic_off'));
    press($('cam'), Boolean(cam), cam ? 'cam' : 'cam-off', t(cam ? 'cam_on' : 'cam_off'));
    press($('share'), Boolean(devices.screen), 'share', t(devices.screen ? 'share_stop' : 'share_start'));
    const inside = room.place === 'in_room' && this.app.ticket?.kind !== 'external';
    show('mic', may.microphone && devices.possible);
    show('cam', may.camera && devices.possible);
    show('share', may.screen && inside && (room.peers.length > 0 || Boolean(devices.screen)) && Boolean(navigator.mediaDevices?.getDisplayMedia));
    const talk = may.chat && inside && room.peers.length > 0;
    show('chat-open', may.chat && inside && (talk || $('chat-lines').childElementCount > 0));
    $('chat-form').querySelector('button').disabled = !talk;
    if (!may.chat || !inside) show('chat', false);
    const held = room.state === 'on_hold';
    show('hold', this.agent && (held || room.state === 'in_call'));
    press($('hold'), held, held ? 'play' : 'hold', t(held ? 'resume' : 'hold'));
    $('self').hidden = !cam || held;
    if (cam && $('self').srcObject?.getVideoTracks()[0] !== devices.cam) $('self').srcObject = new MediaStream([devices.cam]);
  }

  people() {
    const { room, agent } = this;
    const made = [];
    const add = (text) => { const li = document.createElement('li'); li.textContent = text; made.push(li); };
    if (room.may.list) { add(t('people_you')); room.peers.forEach((peer) => add(this.nameOf(peer))); }
    show('people', room.may.list);
    const key = made.map((li) => li.textContent).join('|');
    if ($('people').dataset.key !== key) { $('people').dataset.key = key; $('people').replaceChildren(...made); }
    const { send } = this.app;
    const buttons = [];
    if (agent) {
      const name = this.names.customer;
      const { muted, breakout } = room.customer;
      buttons.push(button(t(muted ? 'unmute_customer' : 'mute_customer', { name }), 'secondary', () => send({ type: 'mute', role: 'customer', on: !muted })));
      if (room.may.breakout) {
        buttons.push(button(t(breakout ? 'breakout_back' : 'breakout_move', { name }), 'secondary', () => send({ type: 'breakout', role: 'customer', on: !breakout })));
        buttons.push(button(t(room.breakout ? 'breakout_return' : 'breakout_go'), 'secondary', () => send({ type: 'breakout', role: 'agent', on: !room.breakout })));
      }
      if (['in_call', 'on_hold'].includes(room.state)) buttons.push(button(t('end'), 'danger-button', () => this.app.end()));
    }
    actions('sheet-actions', buttons);
  }

  tick() {
    const { room } = this;
    if (!room) return;
    if (room.startedAt) put('clock', stopwatch(now() - room.startedAt));
    if (room.state === 'on_hold') { put('cover-more', t('held_since', { time: stopwatch(now() - room.heldAt) })); show('cover-more'); }
    if (room.place === 'waiting') this.cover();
    if (!$('door').hidden) this.doorText();
  }

  fit() { $('remote').classList.toggle('portrait', $('remote').videoHeight > $('remote').videoWidth); if (this.room) this.cover(); }
}
