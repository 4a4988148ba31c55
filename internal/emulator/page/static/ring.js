// The ring around what comes next in a tour, or the sign that says which way to scroll for it.

/**
 * circle lays the ring around what is to be seen of an element, or where to scroll for it. A
 * new step scrolls to its element, or to what is to be read first; but not in a form: that is
 * read from its title on.
 */
export function circle(ring, step, element, first = element) {
  if (element !== ring.target || step !== ring.step) {
    ring.hidden = true; // begins its beat anew
    if (element && !element.closest('.modal-body') && (step !== ring.step || !ring.target)) first.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }
  ring.target = element;
  ring.step = step;
  const box = element?.isConnected && seen(element);
  const top = box && document.elementFromPoint(box.left + (box.right - box.left) / 2, box.top + Math.min((box.bottom - box.top) / 2, 20));
  ring.hidden = !top || !(element.contains(top) || top.contains(element) || (box.beyond && box.within.contains(top)));
  if (ring.hidden) return;
  ring.dataset.beyond = box.beyond ?? '';
  const edge = box.beyond ? 0 : 4;
  Object.assign(ring.style, { left: `${box.left - edge}px`, top: `${box.top - edge}px`, width: `${box.right - box.left + 2 * edge}px`, height: `${box.bottom - box.top + 2 * edge}px` });
}

/**
 * seen is the part of an element that its scrolling surroundings leave. Of one that was
 * scrolled away it is a sign at the edge behind which it lies, with `beyond` "up" or "down",
 * where it covers nothing to click; null for what can't be seen.
 */
function seen(element) {
  const around = ['.grid-scroll, .modal-body, .log', '.panel'].map((s) => element.closest(s)).filter(Boolean);
  const own = element.getBoundingClientRect();
  const box = common([own, ...around.map((e) => e.getBoundingClientRect())]);
  if (box.right > box.left && box.bottom > box.top) return box;
  if (around.length === 0 || own.width === 0) return null;
  const frame = common(around.map((e) => e.getBoundingClientRect()));
  const beyond = own.top >= frame.bottom ? 'down' : own.bottom <= frame.top ? 'up' : null;
  if (!beyond) return null;
  const sign = 36;
  const top = beyond === 'down' ? frame.bottom - sign - 6 : frame.top + 6;
  const room = frame.right - frame.left - sign - 12;
  const places = [0.5, 1, 0, 0.75, 0.25].map((part) => frame.left + 6 + room * part)
    .map((left) => ({ left, top, right: left + sign, bottom: top + sign }));
  const free = places.find((place) => !overControl(place));
  return free ? { beyond, within: around[0], ...free } : null;
}

/** overControl is whether a box lies over something that takes clicks. */
function overControl({ left, top, right, bottom }) {
  const parts = [0, 0.25, 0.5, 0.75, 1];
  return parts.some((x) => parts.some((y) => document.elementFromPoint(left + (right - left) * x, top + (bottom - top) * y)
    ?.closest('button, a[href], input, select, textarea, summary, label')));
}

const common = (boxes) => ({
  left: Math.max(...boxes.map((b) => b.left)), top: Math.max(...boxes.map((b) => b.top)),
  right: Math.min(...boxes.map((b) => b.right)), bottom: Math.min(...boxes.map((b) => b.bottom)),
});
