// The signs of the map: each thing has its own shape and letter, not only a colour. Numbers and letters come from these
// files and from our own counting only.
(function () {
  'use strict';

  const LETTERS = {to_review: '?', confirmed: '✓', rejected: '✕', unsure: '~', half_confirmed: '½', disputed: '!'};

  // Inside an envelope of 20 by 16.
  const SIGNS = {
    draft: '<path d="M5.5 8h.01M10 8h.01M14.5 8h.01"/>',
    sent: '<path d="M5 8h10M11 4l4 4l-4 4"/>',
    received: '<path d="M10 3v7M6.5 7l3.500 3.500l3.500 -3.500M5 13h10"/>',
    refused: '<path d="M6 4l8 8M14 4l-8 8"/>',
    expired: '<path d="M6 3h8l-8 10h8z"/>',
  };

  function badge(rank, selected, footage) {
    const classes = 'ls-badge' + (selected ? ' ls-selected' : '') + (rank === null ? ' ls-unranked' : '') + (rank > 999 ? ' ls-long' : '');
    return `<span class="${classes}">${rank === null ? '•' : Number(rank)}${footage ? '<i class="ls-film"></i>' : ''}</span>`;
  }

  function drop(number, confirmed, last) {
    const classes = 'ls-drop' + (confirmed ? ' ls-confirmed' : '') + (last ? ' ls-last' : '');
    const path = 'M15 39 C15 39 2 23 2 14.5 A13 12.5 0 0 1 28 14.5 C28 23 15 39 15 39 Z';
    return `<svg class="${classes}" viewBox="0 0 30 40" aria-hidden="true"><path d="${path}"/>` +
      `<text x="15" y="19.5">${Number(number)}</text>` +
      (confirmed ? '<path class="ls-tick" d="M20 5 l3 3 l6 -7"/>' : '') + '</svg>';
  }

  function diamond(look, more) {
    const known = look in LETTERS ? look : 'unsure';
    const rest = more ? `<i class="ls-more">+${Number(more)}</i>` : '';
    return `<span class="ls-diamond ls-${known}"><b>${LETTERS[known]}</b></span>${rest}`;
  }

  function envelope(state) {
    const known = state in SIGNS ? state : 'draft';
    return `<svg class="ls-request ls-is-${known}" viewBox="0 0 20 16" aria-hidden="true">` +
      `<rect x="1" y="1" width="18" height="14" rx="2"/>${SIGNS[known]}</svg>`;
  }

  function eye() {
    return '<svg class="ls-looked" viewBox="0 0 20 16" aria-hidden="true"><rect x=".5" y=".5" width="19" height="15" rx="7"/>' +
      '<path d="M4 8c3-5 9-5 12 0c-3 5-9 5-12 0z"/><circle cx="10" cy="8" r="1.700"/><path class="ls-slash" d="M4.500 13.500l11-11"/></svg>';
  }

  function bubble() {
    return '<svg class="ls-tipped" viewBox="0 0 24 24" aria-hidden="true"><path d="M3 3h18v13h-9l-5 5v-5h-4z"/><text x="12" y="14">?</text></svg>';
  }

  function dash(classes) {
    return `<span class="${classes}"></span>`;
  }

  window.LastSeenSymbols = {badge, drop, diamond, envelope, eye, bubble, dash};
})();
