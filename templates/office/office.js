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
})();
