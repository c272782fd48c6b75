import type { CameraRig } from './CameraRig';

const turnPerPixel = 0.005;
const clickPixels = 5;

/** What the pointer does to the map beside moving it. */
export interface PointerListener {
  click(x: number, y: number): void;
  hover(x: number, y: number): void;
  leave(): void;
  overview(): void;
}

/** Mouse, touch and keys on the map's canvas. Returns how to stop listening. */
export function listenToInput(canvas: HTMLCanvasElement, rig: CameraRig, listener: PointerListener): () => void {
  const stop = new AbortController();
  const options = { signal: stop.signal };
  const gestures = new Gestures(canvas, rig, listener);
  canvas.addEventListener('pointerdown', (event) => gestures.down(event), options);
  canvas.addEventListener('pointermove', (event) => gestures.move(event), options);
  canvas.addEventListener('pointerup', (event) => gestures.up(event), options);
  canvas.addEventListener('pointercancel', (event) => gestures.cancel(event), options);
  canvas.addEventListener('pointerleave', () => listener.leave(), options);
  canvas.addEventListener('contextmenu', (event) => event.preventDefault(), options);
  canvas.addEventListener('wheel', (event) => {
    event.preventDefault();
    const pixels = event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 30 : 1);
    const factor = Math.exp(Math.max(-240, Math.min(240, pixels)) * 0.0016);
    rig.zoom(factor, event.offsetX, event.offsetY);
  }, { ...options, passive: false });
  canvas.addEventListener('keydown', (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === 'Home') listener.overview();
    else {
      const action = actionOf(event);
      if (!action) return;
      rig.press(action);
    }
    event.preventDefault();
  }, options);
  // The action of a key depends on Shift, which may be let go first.
  canvas.addEventListener('keyup', () => rig.release(), options);
  canvas.addEventListener('blur', () => rig.release(), options);
  return () => stop.abort();
}

function actionOf(event: KeyboardEvent): string | undefined {
  if (event.shiftKey && event.key === 'ArrowLeft') return 'TurnLeft';
  if (event.shiftKey && event.key === 'ArrowRight') return 'TurnRight';
  if (event.key === '+' || event.key === '=') return 'ZoomIn';
  if (event.key === '-' || event.key === '_') return 'ZoomOut';
  if (event.key.startsWith('Arrow') || event.key === 'PageUp' || event.key === 'PageDown') return event.key;
  return undefined;
}

interface Finger {
  x: number;
  y: number;
}

class Gestures {
  private readonly fingers = new Map<number, Finger>();
  private grabbed: readonly [number, number] | undefined;
  private turning = false;
  private travelled = 0;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly rig: CameraRig,
    private readonly listener: PointerListener,
  ) {}

  down(event: PointerEvent): void {
    this.canvas.focus({ preventScroll: true });
    this.canvas.setPointerCapture(event.pointerId);
    this.fingers.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
    this.travelled = this.fingers.size > 1 ? Infinity : 0;
    this.turning = event.button !== 0 || event.ctrlKey || event.shiftKey;
    this.grabbed = this.rig.lens.ground(event.offsetX, event.offsetY);
  }

  move(event: PointerEvent): void {
    const finger = this.fingers.get(event.pointerId);
    if (!finger) return this.listener.hover(event.offsetX, event.offsetY);
    const dx = event.offsetX - finger.x;
    const dy = event.offsetY - finger.y;
    this.travelled += Math.hypot(dx, dy);
    if (this.fingers.size === 2) this.pinch(event, finger);
    finger.x = event.offsetX;
    finger.y = event.offsetY;
    if (this.fingers.size !== 1 || this.travelled < clickPixels) return;
    if (this.turning) this.rig.turn(dx * turnPerPixel, -dy * turnPerPixel);
    else if (this.grabbed) this.rig.drag(this.grabbed, finger.x, finger.y);
  }

  up(event: PointerEvent): void {
    const isClick = this.fingers.size === 1 && this.travelled < clickPixels && event.button === 0;
    this.cancel(event);
    if (isClick) this.listener.click(event.offsetX, event.offsetY);
  }

  cancel(event: PointerEvent): void {
    this.fingers.delete(event.pointerId);
    const [left] = this.fingers.values();
    this.grabbed = left ? this.rig.lens.ground(left.x, left.y) : undefined;
  }

  // Two fingers: apart is nearer, around each other turns, together up and down tilts.
  private pinch(event: PointerEvent, moved: Finger): void {
    const other = [...this.fingers.entries()].find(([id]) => id !== event.pointerId)?.[1];
    if (!other) return;
    const before = Math.hypot(moved.x - other.x, moved.y - other.y);
    const after = Math.hypot(event.offsetX - other.x, event.offsetY - other.y);
    const angle =
      Math.atan2(event.offsetY - other.y, event.offsetX - other.x) - Math.atan2(moved.y - other.y, moved.x - other.x);
    if (before > 1 && after > 1) {
      this.rig.zoom(before / after, (event.offsetX + other.x) / 2, (event.offsetY + other.y) / 2);
    }
    this.rig.turn(-Math.atan2(Math.sin(angle), Math.cos(angle)), 0);
  }
}
