(function () {
  "use strict";
  // The numbers follow the counts while somebody looks; nothing else on the page moves.
  var cards = document.querySelector("[data-live]"), lang = document.documentElement.lang;
  function set(name, value) {
    var places = document.querySelectorAll("[data-number=" + name + "]");
    for (var i = 0; i < places.length; i++) places[i].textContent = value;
  }
  function look() {
    if (document.hidden) return;
    fetch(cards.getAttribute("data-live"), { credentials: "same-origin" }).then(function (answer) {
      if (answer.redirected || !answer.ok) return null;
      return answer.json();
    }).then(function (now) {
      if (!now) return;
      set("impressions", now.impressions.toLocaleString(lang));
      set("installs", now.installs.toLocaleString(lang));
      set("at", now.at);
    }).catch(function () {});
  }
  if (cards && window.fetch) setInterval(look, 2000);
  // A part of a page that follows what happens is taken from the page itself, asked for again.
  var part = document.querySelector("[data-again]");
  function again() {
    if (document.hidden) return;
    fetch(location.href, { credentials: "same-origin" }).then(function (answer) {
      return answer.redirected || !answer.ok ? "" : answer.text();
    }).then(function (text) {
      var now = new DOMParser().parseFromString(text, "text/html").getElementById(part.id);
      if (now && now.innerHTML !== part.innerHTML) part.innerHTML = now.innerHTML;
    }).catch(function () {});
  }
  if (part && window.fetch) setInterval(again, Number(part.getAttribute("data-again")));
})();
