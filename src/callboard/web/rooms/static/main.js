/* The page: lobby → stage → final. Joins on a click only (or when this tab had joined before it was reloaded). */
import { $, actions, boot, button, put, say, setNow, show, t, toast, when } from './dom.js';
import { Chat } from './chat.js';
import { Devices } from './devices.js';
import { Lobby } from './lobby.js';
import { Peers } from './peers.js';
import { Recorder } from './record.js';
import { Sfu } from './sfu.js';
import { Signal } from './signal.js';
import { Stage } from './stage.js';

const token = new URLSearchParams(location.search).get('t') ?? '';
const here = `${location.origin}/join/video-call/${boot.id}`;
const code = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, '0')).join('');
const memory = {
  key: `callboard:${boot.id}:${boot.role}`,
  get() { try { return JSON.parse(sessionStorage.getItem(this.key)) ?? {}; } catch { return {}; } },
  set(value) { try { sessionStorage.setItem(this.key, JSON.stringify({ ...this.get(), ...value })); } catch { /* private mode: a reload asks again */ } },
};

class App {
  constructor() {
    this.devices = new Devices();
    this.lobby = new Lobby(this.devices);
    this.stage = new Stage(this);
    this.chat = new Chat((m) => this.send(m));
    this.send = this.send.bind(this);
    this.toast = toast;
    this.ticket = null;
    this.room = null;
    this.remoteStream = new MediaStream();
    this.recorder = new Recorder(`${here}/recordings`, token, this.devices, () => this.remoteStream);
    const tab = memory.get().tab ?? code();
    memory.set({ tab });
    this.signal = new Signal(`${here.replace(/^http/, 'ws')}/signal`, token, `${tab}.${code()}`, {
      message: (m) => this.hear(m),
      up: () => this.up(),
      down: (number) => this.down(number),
      stopped: (number, why) => this.stopped(number, why),
    });
    this.bind();
    this.devices.onChange(() => this.moved());
  }

  bind() {
    $('join').addEventListener('click', () => this.join());
    $('join-without').addEventListener('click', () => this.join());
    $('mic').addEventListener('click', () => this.toggle('mic'));
    $('cam').addEventListener('click', () => this.toggle('cam'));
    $('share').addEventListener('click', () => this.share());
    $('leave').addEventListener('click', () => this.leave());
    $('admit').addEventListener('click', () => this.send({ type: 'admit' }));
    $('hold').addEventListener('click', () => this.hold());
    $('record').addEventListener('click', () => this.record());
    $('more').addEventListener('click', () => this.sheet($('sheet').hidden));
    $('note-close').addEventListener('click', () => show('note', false));
    $('consent-yes').addEventListener('click', () => this.send({ type: 'consent', on: true }));
    $('consent-no').addEventListener('click', () => this.send({ type: 'consent', on: false }));
    $('withdraw').addEventListener('click', () => this.send({ type: 'consent', on: false }));
    addEventListener('keydown', (event) => { if (event.key === 'Escape' && !$('sheet').hidden) { this.sheet(false); $('more').focus(); } });
    addEventListener('offline', () => say(t('offline'), true));
  }

  view(name) {
    for (const one of ['lobby', 'stage', 'final']) show(one, one === name);
    document.body.dataset.view = name;
    if (name !== 'stage') for (const one of ['clock', 'badge-rec', 'badge-net']) show(one, false);
  }

  // --- coming in -------------------------------------------------------------------------------------------------------
  async join() {
    $('join').disabled = true;
    put('join', t('joining'));
    say(t('joining'));
    const opening = this.devices.asked ? null : this.devices.open();
    this.signal.connect();
    memory.set({ joined: true });
    await opening;
    this.moved();
  }

  up() {
    show('badge-net', false);
    show('problem', false);
    if (this.lost) say(t('reconnected'));
    if (!this.inside) { this.inside = true; this.lobby.leave(); }
    if (document.body.dataset.view !== 'stage') { this.view('stage'); $('main').focus(); }
    this.told = '';
    this.moved();
  }

  down(number) {
    this.lost = true;
    if (document.body.dataset.view === 'stage') { show('badge-net'); say(t('reconnecting'), true); return; }
    put('problem', t({ 1013: 'full_text', 4429: 'full_text', 4503: 'gateway_text' }[number] ?? 'reconnecting'));
    show('problem');
  }

  stopped(number, why) {
    this.peers?.close();
    this.recorder.stop();
    if (number === 4409) {
      const [title, text] = why === 'taken' ? ['elsewhere_title', 'elsewhere_text'] : ['moved_window_title', 'moved_window_text'];
      this.final(t(title), t(text), [button(t('move_here'), 'primary', () => { this.view('stage'); this.peers = null; this.signal.connect(true); })]);
    } else {
      memory.set({ joined: false }); // no circle of reloads
      location.reload(); // the link opens nothing any more: the server's own page says why
    }
  }

  // --- what the server says ----------------------------------------------------------------------------------------------
  hear(message) {
    const { type } = message;
    if (type === 'room') this.show(message);
    else if (type === 'signal') this.peers?.hear(message);
    else if (type === 'sfu') this.peers?.hear(message);
    else if (type === 'ticket') this.take(message);
    else if (type === 'welcome') this.chat.history(message.chat);
    else if (type === 'chat') this.chat.add(message, true, this.stage.nameOf(this.room?.peers[0]));
    else if (type === 'refused' && message.about !== 'signal') toast(message.text || t('refused'));
  }

  take(ticket) {
    this.ticket = ticket;
    if (this.peers) { this.peers.ticket = ticket; if (this.lost) this.peers.back(); this.lost = false; return; }
    const handlers = {
      send: (m) => this.send({ type: ticket.kind === 'sfu' ? 'sfu' : 'signal', ...m }),
      remote: (id, kind, track) => this.remote(kind, track),
      state: (id, state) => this.linked(id, state),
    };
    if (ticket.kind === 'peer') this.peers = new Peers(boot.role === 'agent', this.devices, handlers);
    if (ticket.kind === 'sfu') this.peers = new Sfu(this.devices, handlers);
    if (this.peers) this.peers.ticket = ticket;
    if (this.room) this.show(this.room);
  }

  show(room) {
    setNow(room.now);
    const before = this.room;
    this.room = room;
    if (room.state === 'ended') { this.ended(room); return; }
    if (before && before.startsAt !== room.startsAt) {
      this.lobby.moved(before.startsAt, room.startsAt, room.endsAt);
      toast(t('moved_live', { when: when(room.startsAt) }));
    }
    if (this.peers) {
      this.peers.sending = room.state !== 'on_hold';
      this.peers.muted = room.muted;
      this.peers.mine = [room.may.microphone, room.may.camera, room.may.screen];
      this.peers.theirs = room.theirs;
      this.peers.sync(room.place === 'in_room' ? room.peers.map((p) => p.id) : []);
      this.peers.apply();
    }
    for (const kind of ['mic', 'cam']) if (this.devices[kind]) this.devices[kind].enabled = this.devices[`${kind}On`] && room.state !== 'on_hold' && !(kind === 'mic' && room.muted);
    if (boot.role === 'agent') { if (room.recording === 'on' && room.state === 'in_call') this.recorder.start(); else if (room.recording !== 'on') this.recorder.stop(); }
    this.stage.draw(room);
  }

  remote(kind, track) {
    if (kind === 'screen') { $('screen').srcObject = new MediaStream([track]); return; }
    const same = kind === 'mic' ? 'getAudioTracks' : 'getVideoTracks';
    this.remoteStream[same]().forEach((old) => this.remoteStream.removeTrack(old));
    this.remoteStream.addTrack(track);
    if ($('remote').srcObject !== this.remoteStream) $('remote').srcObject = this.remoteStream;
    $('remote').play().catch(() => {});
  }

  linked(id, state) {
    this.stage.links.set(id, state);
    show('badge-net', ['disconnected', 'failed'].includes(state) || !this.signal.open);
    if (this.room) this.stage.draw(this.room);
  }

  // --- what the person does ----------------------------------------------------------------------------------------------
  send(message) { return this.signal.send(message); }

  /** Something about our own devices changed: send the other tracks, and say what we send. */
  moved() {
    this.peers?.apply();
    const { mic, cam, screen, micOn, camOn } = this.devices;
    const now = { mic: Boolean(mic && micOn), cam: Boolean(cam && camOn), sharing: Boolean(screen) };
    if (this.told !== JSON.stringify(now) && this.send({ type: 'media', ...now })) this.told = JSON.stringify(now);
    if (this.room && this.room.state !== 'ended') this.stage.draw(this.room);
  }

  async toggle(kind) {
    if (!this.devices[kind]) { await this.devices.openOne(kind); this.devices.tell(); if (!this.devices[kind]) toast(t(kind === 'mic' ? 'mic_blocked' : 'preview_blocked')); return; }
    if (kind === 'mic' && this.room?.muted) { toast(t('muted_by')); return; }
    this.devices.toggle(kind, !this.devices[`${kind}On`]);
  }

  async share() {
    if (this.devices.screen) { this.devices.unshare(); return; }
    await this.devices.share().catch((error) => { if (error.name !== 'NotAllowedError') toast(t('refused')); });
  }

  sheet(open) {
    show('sheet', open);
    $('more').setAttribute('aria-expanded', String(open));
    if (open) this.lobby.pickers();
  }

  ask(title, yes, text = null) {
    put('ask-title', title);
    put('ask-yes', yes);
    $('ask-text').hidden = text === null;
    $('ask-text').value = text ?? '';
    $('ask').returnValue = 'no';
    $('ask').showModal();
    return new Promise((done) => { $('ask').addEventListener('close', () => done($('ask').returnValue === 'yes'), { once: true }); });
  }

  async hold() {
    if (this.room.state === 'on_hold') { this.send({ type: 'resume' }); return; }
    if (await this.ask(t('hold_prompt'), t('hold'), t('hold_default'))) this.send({ type: 'hold', text: $('ask-text').value });
  }

  async end() {
    this.sheet(false);
    if (await this.ask(t('end_confirm'), t('end'))) this.send({ type: 'end' });
  }

  record() {
    if (!Recorder.possible) { toast(t('record_unsupported')); return; }
    this.send({ type: 'record', on: !['asked', 'on'].includes(this.room.recording) });
  }

  // --- going away --------------------------------------------------------------------------------------------------------
  stop() {
    this.recorder.stop();
    this.peers?.close();
    this.peers = null;
    this.ticket = null;
    this.devices.close();
    memory.set({ joined: false });
  }

  leave() {
    this.stop();
    this.signal.leave();
    this.final(t('left_title'), t('left_text'), [button(t('rejoin'), 'primary', () => location.reload())]);
  }

  ended(room) {
    this.stop();
    this.signal.leave();
    if (room.status !== 'completed') { location.reload(); return; }
    const go = room.redirect ? [Object.assign(document.createElement('a'), { href: room.redirect, className: 'primary as-button', textContent: t('ended_go'), rel: 'noreferrer' })] : [];
    this.final(t('ended_title'), t(room.redirect ? 'ended_redirect' : 'ended_text'), go);
    if (room.redirect) setTimeout(() => location.assign(room.redirect), 3500);
  }

  final(title, text, made) {
    put('final-title', title);
    put('final-text', text);
    actions('final-actions', made);
    this.view('final');
    $('final-title').focus();
    say(`${title}. ${text}`, true);
  }
}

function begin() {
  if (!('RTCPeerConnection' in window)) { show('warn-browser'); say(t('browser_title'), true); return; }
  if (!window.isSecureContext || !navigator.mediaDevices) show('warn-insecure');
  const app = new App();
  const again = memory.get().joined === true;
  $('join').disabled = false;
  if (again) app.join();
  else app.devices.granted().then((yes) => { if (yes && !app.devices.asked) app.devices.open(); });
}
begin();
