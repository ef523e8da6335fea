/* For browsers without modules: say that they are too old, in words an old browser understands. */
document.addEventListener('DOMContentLoaded', function () {
  document.getElementById('warn-browser').hidden = false;
  document.getElementById('join').disabled = true;
});
