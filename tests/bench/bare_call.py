"""The least a call between two pages can be: same sections, same transport, no states, no checks, no database."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

PAGE = """<!doctype html><title>bare</title>
<video id="remote" autoplay playsinline></video><button id="join">join</button><script>
const offers = location.search === '?agent';
const ready = navigator.mediaDevices.getUserMedia({ audio: true, video: { width: { ideal: 1280 }, height: { ideal: 720 } } });
ready.then(() => { document.title = 'ready'; });
document.getElementById('join').onclick = async () => {
  const stream = await ready;
  const socket = new WebSocket(location.origin.replace('http', 'ws') + '/signal');
  const send = (m) => socket.send(JSON.stringify(m));
  const media = new MediaStream();
  let pc, early = [];
  const make = () => {
    pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
    pc.onicecandidate = ({ candidate }) => send({ candidate });
    pc.ontrack = ({ track }) => { media.addTrack(track); remote.srcObject = media; };
  };
  socket.onmessage = async ({ data }) => {
    const m = JSON.parse(data);
    if (m.joined && offers) {
      make();
      for (const track of stream.getTracks()) pc.addTransceiver(track, { direction: 'sendrecv' });
      pc.addTransceiver('video', { direction: 'sendrecv' });
      await pc.setLocalDescription();
      send({ description: pc.localDescription });
    } else if (m.description) {
      if (!pc) make();
      await pc.setRemoteDescription(m.description);
      if (m.description.type === 'offer') {
        pc.getTransceivers().forEach((t, i) => {
          t.direction = 'sendrecv';
          t.sender.replaceTrack(stream.getTracks()[i] ?? null);
        });
        await pc.setLocalDescription();
        send({ description: pc.localDescription });
      }
      for (const c of early.splice(0)) pc.addIceCandidate(c);
    } else if (m.candidate) { if (pc?.remoteDescription) pc.addIceCandidate(m.candidate); else early.push(m.candidate); }
  };
  socket.onopen = () => send({ joined: true });
};
</script>"""


def bare_app() -> Starlette:
    """Passes on whatever one page says to the other."""
    pages: list[WebSocket] = []

    async def page(_request: object) -> HTMLResponse:
        return HTMLResponse(PAGE)

    async def signal(socket: WebSocket) -> None:
        await socket.accept()
        pages.append(socket)
        try:
            while True:
                text = await socket.receive_text()
                for other in pages:
                    if other is not socket:
                        await other.send_text(text)
        except WebSocketDisconnect:
            pages.remove(socket)

    return Starlette(routes=[Route("/", page), WebSocketRoute("/signal", signal)])
