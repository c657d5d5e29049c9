// The time slider: what was known of the case at an hour, and what was possible then. Each hour is asked for at the
// server's /api/v1/known; the page's script never runs for it.
(function () {
  'use strict';

  const MINUTE = 60000;
  const STEPS = [1, 5, 10, 15, 30, 60, 180, 360, 1440];  // minutes
  const MOST_STEPS = 600;
  const PLAYED = 60;  // pictures from the first hour to now
  const A_PICTURE_MS = 350;

  class Hours {
    // `draw(layers, at)` draws what was known at an hour; `present()` what is known now.
    constructor(map, base, draw, present) {
      Object.assign(this, {map, words: base.words, language: base.language, draw, present});
      this.hour = null;  // null: now
      this.wanted = null;
      this.asking = false;
      this.time = null;
      this.build();
    }

    build() {
      const {map, words} = this;
      const box = this.box = L.DomUtil.create('div', 'ls-hours', map.getContainer());
      box.setAttribute('role', 'group');
      box.setAttribute('aria-label', words.hour);
      this.play = button(box, 'ls-play', words.play, () => this.toggle());
      const line = L.DomUtil.create('span', 'ls-line', box);
      this.marks = L.DomUtil.create('span', 'ls-marks', line);
      this.input = L.DomUtil.create('input', '', line);
      this.input.type = 'range';
      this.input.setAttribute('aria-label', words.hour);
      this.input.addEventListener('input', () => { this.stop(); this.choose(Number(this.input.value)); });
      this.clock = L.DomUtil.create('output', 'ls-clock', box);
      this.back = button(box, 'ls-back', words.now, () => { this.stop(); this.choose(Infinity); });
      this.back.textContent = words.now;
      this.back.title = words.to_now;
      this.note = L.DomUtil.create('div', 'ls-then-note', box);
      this.note.setAttribute('role', 'status');
      L.DomEvent.disableClickPropagation(box);
      L.DomEvent.disableScrollPropagation(box);
      new ResizeObserver(() => map.getContainer().style.setProperty('--hours-height', `${box.offsetHeight}px`)).observe(box);
    }

    // The hours there are; at each run of the page. The hour that is shown stays.
    follow(time) {
      this.box.hidden = !time;
      if (!time) return;
      const asked = this.time && this.time.url;
      this.time = time;
      const minutes = (time.to - time.from) / MINUTE;
      const step = (STEPS.find((each) => minutes / each <= MOST_STEPS) || 1440) * MINUTE;
      const first = Math.floor(time.from / step) * step, last = Math.ceil(time.to / step) * step;
      Object.assign(this.input, {min: String(first), max: String(last), step: String(step)});
      this.input.value = String(this.hour === null ? last : this.hour);
      const share = (at) => ((at - first) / (last - first)) * 100;
      this.marks.replaceChildren(...time.marks.map((at) => {
        const mark = document.createElement('i');
        mark.style.insetInlineStart = `${share(at).toFixed(2)}%`;
        return mark;
      }));
      this.format = new Intl.DateTimeFormat(this.language === 'en' ? 'en-GB' : this.language, {
        timeZone: time.zone, weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23',
      });
      this.tell();
      if (this.hour !== null && (asked === time.url)) this.ask(this.hour);
    }

    choose(value) {
      const is_now = value >= Number(this.input.max);
      this.hour = is_now ? null : value;
      this.input.value = String(is_now ? this.input.max : value);
      this.tell();
      if (is_now) {
        this.wanted = null;
        this.draw(this.present(), null);
      } else {
        this.ask(value);
      }
    }

    tell() {
      const at = this.hour === null ? this.time.to : this.hour;
      const words = this.format.format(new Date(at));
      this.clock.textContent = words;
      this.input.setAttribute('aria-valuetext', words);
      this.back.disabled = this.hour === null;
      this.note.textContent = this.hour === null ? '' : this.words.then;
      this.map.getContainer().classList.toggle('ls-then', this.hour !== null);
    }

    // One question at a time; of those that came meanwhile only the last is asked.
    ask(at) {
      this.wanted = at;
      if (this.asking) return;
      this.asking = true;
      fetch(`${this.time.url}&at=${encodeURIComponent(new Date(at).toISOString())}`, {credentials: 'same-origin', headers: {'X-LastSeen': '1'}})
        .then((answer) => {
          if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
          return answer.json();
        })
        .then((layers) => {
          this.asking = false;
          if (this.hour === null) return;
          this.draw(layers, at);
          if (this.wanted !== at) this.ask(this.wanted);
        })
        .catch((error) => {
          this.asking = false;
          this.stop();
          if (this.hour !== null) this.note.textContent = this.words.hour_failed;
          console.warn('LastSeen: that hour is not known:', error.message);
        });
    }

    toggle() {
      if (this.playing) return this.stop();
      const first = Number(this.input.min), last = Number(this.input.max), step = Number(this.input.step);
      const leap = Math.max(step, Math.round((last - first) / PLAYED / step) * step);
      if (this.hour === null) this.choose(first);
      this.play.classList.add('ls-playing');
      this.name(this.words.pause);
      this.playing = setInterval(() => {
        if (this.asking) return;
        const next = this.hour + leap;
        if (next >= last) this.stop();
        this.choose(next);
      }, A_PICTURE_MS);
    }

    stop() {
      clearInterval(this.playing);
      this.playing = null;
      this.play.classList.remove('ls-playing');
      this.name(this.words.play);
    }

    name(words) {
      this.play.title = words;
      this.play.setAttribute('aria-label', words);
    }
  }

  function button(box, classes, words, act) {
    const made = L.DomUtil.create('button', classes, box);
    made.type = 'button';
    made.title = words;
    made.setAttribute('aria-label', words);
    made.addEventListener('click', act);
    return made;
  }

  window.LastSeenHours = Hours;
})();
