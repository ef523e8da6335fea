/* Chat goes through the server: it can refuse it, and keep it with the booking when the organization says so. */
import { $, boot, hour, put, say, show, t } from './dom.js';

export class Chat {
  constructor(send) {
    this.send = send;
    this.unread = 0;
    put('chat-kept', t(boot.keepsChat ? 'chat_kept' : 'chat_not_kept'));
    $('chat-open').addEventListener('click', () => this.toggle($('chat').hidden));
    $('chat-close').addEventListener('click', () => this.toggle(false));
    $('chat-form').addEventListener('submit', (event) => { event.preventDefault(); this.submit(); });
    $('chat-text').addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) { event.preventDefault(); this.submit(); }
      if (event.key === 'Escape') this.toggle(false);
    });
  }

  toggle(open) {
    show('chat', open);
    $('chat-open').setAttribute('aria-expanded', String(open));
    document.body.classList.toggle('with-chat', open);
    if (open) { this.count(0); $('chat-text').focus(); } else $('chat-open').focus();
  }

  count(n) {
    this.unread = n;
    put('chat-count', String(n));
    show('chat-count', n > 0);
  }

  submit() {
    const text = $('chat-text').value.trim();
    if (text && this.send({ type: 'chat', text })) $('chat-text').value = '';
  }

  history(lines) { $('chat-lines').replaceChildren(); lines.forEach((line) => this.add(line, false)); }

  add({ own, text, at }, fresh = true, name = '') {
    const line = document.createElement('li');
    line.className = own ? 'own' : '';
    const head = document.createElement('span');
    head.className = 'chat-who';
    head.textContent = `${own ? t('chat_you') : name || t('the_other')} · ${hour(at)}`;
    const body = document.createElement('span');
    body.className = 'chat-body';
    body.textContent = text;
    line.append(head, body);
    $('chat-lines').append(line);
    show('chat-empty', false);
    $('chat-lines').scrollTop = $('chat-lines').scrollHeight;
    if (!fresh || own) return;
    say(t('chat_new', { name: name || t('the_other'), text }));
    if ($('chat').hidden) this.count(this.unread + 1);
  }
}
