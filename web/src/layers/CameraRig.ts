import { Cartesian3, Matrix4, type PerspectiveFrustum, type Scene } from 'cesium';
import {
  between, Lens, limited, panned, pannedOnScreen, poseOf, verticalFieldOfView, zoomedAbout, type Vector, type View,
  type ViewLimits,
} from './cityCamera';

const flightMilliseconds = 1400;
const radians = Math.PI / 180;

/** Per second of a held key. */
const keyPanRanges = 0.75;
const keyZoomFactor = 2.4;
const keyTurn = 40 * radians;

/** A frame that took long must not make a held key jump. */
const keyStepSecondsMax = 0.1;

/** Moves Cesium's camera by our own rules: it looks at a place of the city, and keeps within limits. */
export class CameraRig {
  view: View;
  private flight: { readonly from: View; readonly to: View; readonly startedAt: number } | undefined;
  private readonly held = new Set<string>();
  private lastStepAt = 0;
  private placed: View | undefined;
  private placedSize = '';

  constructor(
    private readonly scene: Scene,
    private readonly modelMatrix: Matrix4,
    private limits: ViewLimits,
    overview: View,
  ) {
    this.view = limited(overview, limits);
    scene.screenSpaceCameraController.enableInputs = false;
  }

  get lens(): Lens {
    return new Lens(this.view, this.scene.canvas.clientWidth, this.scene.canvas.clientHeight);
  }

  get limitsNow(): ViewLimits {
    return this.limits;
  }

  setLimits(limits: ViewLimits): void {
    this.limits = limits;
  }

  /** At once: by the hand of the user, who is then in charge. */
  moveTo(view: View): void {
    this.flight = undefined;
    this.view = limited(view, this.limits);
    this.scene.requestRender();
  }

  flyTo(view: View): void {
    const to = limited(view, this.limits);
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) return this.moveTo(to);
    this.flight = { from: this.view, to, startedAt: performance.now() };
    this.scene.requestRender();
  }

  zoom(factor: number, x: number, y: number): void {
    this.moveTo(zoomedAbout(this.view, factor, this.lens.ground(x, y), this.limits));
  }

  turn(heading: number, pitch: number): void {
    this.moveTo({ ...this.view, heading: this.view.heading + heading, pitch: this.view.pitch + pitch });
  }

  /** Keeps `grabbed` under the pixel. */
  drag(grabbed: readonly [number, number], x: number, y: number): void {
    const [east, north] = this.lens.ground(x, y);
    this.moveTo(panned(this.view, grabbed[0] - east, grabbed[1] - north));
  }

  press(action: string): void {
    if (this.held.size === 0) this.lastStepAt = performance.now();
    this.held.add(action);
    this.scene.requestRender();
  }

  release(action?: string): void {
    if (action === undefined) this.held.clear();
    else this.held.delete(action);
  }

  /** Before a frame: takes the next step of what is under way, and says whether the camera moved. */
  step(): boolean {
    const now = performance.now();
    if (this.flight) {
      const share = Math.min(1, (now - this.flight.startedAt) / flightMilliseconds);
      this.view = limited(between(this.flight.from, this.flight.to, share), this.limits);
      if (share >= 1) this.flight = undefined;
      this.scene.requestRender();
    } else if (this.held.size > 0) {
      const seconds = Math.min(keyStepSecondsMax, (now - this.lastStepAt) / 1000);
      this.lastStepAt = now;
      for (const action of this.held) this.view = limited(keyStep(this.view, action, seconds), this.limits);
      this.scene.requestRender();
    }
    return this.place();
  }

  private place(): boolean {
    const { clientWidth, clientHeight } = this.scene.canvas;
    const size = `${clientWidth}x${clientHeight}`;
    if (this.placed === this.view && this.placedSize === size) return false;
    this.placed = this.view;
    this.placedSize = size;
    const pose = poseOf(this.view);
    const frustum = this.scene.camera.frustum as PerspectiveFrustum;
    const aspect = clientWidth / Math.max(1, clientHeight);
    // Cesium's field of view is that of the longer side.
    frustum.fov = aspect > 1 ? 2 * Math.atan(Math.tan(verticalFieldOfView / 2) * aspect) : verticalFieldOfView;
    // One frustum without a logarithmic depth buffer: near grows with the range, so 24 bits suffice at every range.
    frustum.near = Math.max(1, this.view.range * 0.04);
    frustum.far = 400000;
    this.scene.camera.setView({
      destination: this.toWorld(pose.eye, Matrix4.multiplyByPoint),
      orientation: {
        direction: this.toWorld(pose.direction, Matrix4.multiplyByPointAsVector),
        up: this.toWorld(pose.up, Matrix4.multiplyByPointAsVector),
      },
    });
    return true;
  }

  private toWorld(local: Vector, transform: typeof Matrix4.multiplyByPoint): Cartesian3 {
    return transform(this.modelMatrix, new Cartesian3(local[0], local[1], local[2]), new Cartesian3());
  }
}

function keyStep(view: View, action: string, seconds: number): View {
  switch (action) {
    case 'ArrowLeft': return pannedOnScreen(view, -keyPanRanges * seconds, 0);
    case 'ArrowRight': return pannedOnScreen(view, keyPanRanges * seconds, 0);
    case 'ArrowUp': return pannedOnScreen(view, 0, keyPanRanges * seconds);
    case 'ArrowDown': return pannedOnScreen(view, 0, -keyPanRanges * seconds);
    case 'ZoomIn': return { ...view, range: view.range / keyZoomFactor ** seconds };
    case 'ZoomOut': return { ...view, range: view.range * keyZoomFactor ** seconds };
    case 'PageUp': return { ...view, pitch: view.pitch + keyTurn * seconds };
    case 'PageDown': return { ...view, pitch: view.pitch - keyTurn * seconds };
    case 'TurnLeft': return { ...view, heading: view.heading - keyTurn * seconds };
    case 'TurnRight': return { ...view, heading: view.heading + keyTurn * seconds };
    default: return view;
  }
}
