// Where the camera stands: what the device says, followed as it moves, or what was typed in its stead.
const REFRESH_MS = 15_000, LOST_MS = 60_000, WITHIN_MS = 20_000;
const TYPED_ACCURACY_M = 50, COARSE_M = 10_000; // a town, guessed from the address of the line, is no place
const DENIED = 1; // GeolocationPositionError.PERMISSION_DENIED
const NUMBERS = /^\s*(-?\d{1,2}(?:[.,]\d+)?)\s*[,;\s]\s*(-?\d{1,3}(?:[.,]\d+)?)\s*$/;

export class Place {
  constructor(t, changed) {
    this.t = t;
    this.changed = changed;
    this.known = null;
    this.byHand = null;
    this.why = "no_place_yet";
  }

  start() {
    this.known = null;
    this.why = "no_place_yet";
    if (!navigator.geolocation) this.why = "no_place";
    else this.watch = navigator.geolocation.watchPosition((found) => this.take(found), (error) => this.lack(error), asked());
  }

  stop() {
    if (this.watch !== undefined) navigator.geolocation.clearWatch(this.watch);
    this.watch = undefined;
    this.asking = false;
  }

  take({ coords }) {
    if (coords.accuracy > COARSE_M) {
      this.lack({ code: 2 });
      return;
    }
    this.known = { lat: coords.latitude, lon: coords.longitude, accuracy_m: coords.accuracy, from: "device" };
    this.at = performance.now();
    this.asking = false;
    this.changed();
  }

  lack(error) {
    this.asking = false;
    if (error.code === DENIED) this.known = null;
    this.why = error.code === DENIED ? "place_refused" : "no_place";
    this.changed();
  }

  // True where the text is a place, or empty: then the device's counts again.
  type(text) {
    const found = NUMBERS.exec(text);
    const [lat, lon] = found ? found.slice(1).map((part) => Number(part.replace(",", "."))) : [NaN, NaN];
    const isPlace = Math.abs(lat) <= 90 && Math.abs(lon) <= 180;
    this.byHand = isPlace ? { lat, lon, accuracy_m: TYPED_ACCURACY_M, from: "typed" } : null;
    this.changed();
    return isPlace || !text.trim();
  }

  // The place as it is known at this moment; null where it is not, or not any more: then `why`.
  now() {
    if (this.byHand) return this.byHand;
    const age = this.known ? performance.now() - this.at : Infinity;
    if (age > REFRESH_MS && !this.asking && this.watch !== undefined && this.why !== "place_refused") {
      this.asking = true; // a device that lies still is not heard of by itself
      navigator.geolocation.getCurrentPosition((found) => this.take(found), (error) => this.lack(error), asked());
    }
    if (age > LOST_MS && this.known) {
      this.known = null;
      this.why = "no_place";
    }
    return this.known;
  }
}

function asked() {
  return { enableHighAccuracy: true, maximumAge: 0, timeout: WITHIN_MS };
}
