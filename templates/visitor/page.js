(function () {
  "use strict";
  var body = document.body, notice = document.getElementById("notice");
  // The view's address: a reload or a way back is then the same view.
  try { history.replaceState(null, "", body.getAttribute("data-own")); } catch (e) {}

  // A beacon that got lost on a weak wifi is sent again; the count stays one.
  var beacon = document.querySelector(".beacon"), tries = 0, address = beacon && beacon.getAttribute("src");
  function again() {
    if (tries++ < 3) setTimeout(function () { beacon.src = address; }, 1500 * tries);
  }
  if (beacon) {
    beacon.onerror = again;
    if (beacon.complete && !beacon.naturalWidth) again();
  }

  // Viewable: half of the notice in a visible page for one second without a break.
  var since = 0, viewable = body.getAttribute("data-viewable"), timer = viewable && setInterval(function () {
    var box = notice.getBoundingClientRect(), height = window.innerHeight;
    var seen = Math.min(box.bottom, height) - Math.max(box.top, 0);
    if (document.hidden || seen * 2 < Math.min(box.height, height)) { since = 0; return; }
    since = since || Date.now();
    if (Date.now() - since < 1000) return;
    clearInterval(timer);
    new Image().src = viewable;
  }, 200);

  // An iPad or an Android phone that asks for the desktop site gives itself away by touch.
  var play = document.getElementById("install-play"), apple = document.getElementById("install-appstore");
  var code = document.getElementById("code"), system = navigator.platform || "";
  if (play && apple && navigator.maxTouchPoints > 1) {
    if (/Mac/.test(system)) play.hidden = true;
    if (/Linux/.test(system)) apple.hidden = true;
    if (code && play.hidden !== apple.hidden) code.hidden = true;
  }

  var proceed = document.getElementById("continue"), words = proceed && proceed.textContent;
  function rest() { proceed.textContent = words; }
  if (proceed && proceed.getAttribute("data-busy")) {
    proceed.addEventListener("click", function () { proceed.textContent = proceed.getAttribute("data-busy"); });
    window.addEventListener("pageshow", rest);
  }
})();
