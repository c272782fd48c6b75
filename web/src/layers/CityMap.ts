import { Matrix4, type CesiumWidget, type RenderContext, type Scene, type Texture } from 'cesium';
import { TwinKind, type ChangeColumns, type SceneColumns } from '../twins/columns';
import { Backdrop } from './Backdrop';
import { BuildingLayer } from './BuildingLayer';
import { verticalFieldOfView, type View } from './cityCamera';
import { listenToInput } from './cameraInput';
import { CameraRig } from './CameraRig';
import { glyphTexture, themeVectors, type Surroundings } from './gpu';
import { GroundLayer } from './GroundLayer';
import { Labels, type Locale } from './labels';
import { LocalFrame } from './localFrame';
import type { BackdropSources, DistrictShape, GroundFile, LegendStop, MapPort, Pick } from './mapPort';
import { legendOf, measureScales, pointStyles } from './palettes';
import { PointLayer } from './PointLayer';
import { themes, type Theme } from './themes';
import {
  boundsOf, limitsFor, middleOf, openingOf, overviewOf, southOf, viewOfPlace, worldMatrix, type Bounds,
} from './views';

/** Farther than this from the anchor single precision starts to show; the map then anchors anew. */
const anchorDistanceMaxMetres = 60000;

/** Markers have their stated size up to this height of the map in CSS pixels, and grow with it beyond. */
const markerScaleHeight = 1000;
const markerScaleMax = 2.4;

/** From high above one looks through less of the air. */
const hazeBaseMetres = 15000;
const hazePerRange = 2.2;

type Layer = BuildingLayer | PointLayer;

/** Kinds in the order they are drawn: what comes later lies on top. */
const drawOrder: readonly TwinKind[] = [
  TwinKind.building, TwinKind.streetlight, TwinKind.utilityMeter, TwinKind.generic, TwinKind.feeder,
  TwinKind.lightingCabinet, TwinKind.airQualitySensor,
];

/** The city in three dimensions, drawn from the scene files and the changes alone; it fetches nothing. */
export class CityMap implements MapPort {
  readonly rig: CameraRig;
  private readonly scene: Scene;
  private readonly context: RenderContext;
  private readonly modelMatrix: Matrix4;
  private readonly surroundings: Surroundings;
  private readonly glyphs: Texture;
  private readonly labels: Labels;
  private readonly reticle: HTMLElement;
  private readonly layers = new Map<TwinKind, Layer>();
  private readonly building = new Map<TwinKind, object>();
  private readonly hidden = new Set<TwinKind>();
  private readonly pickListeners: ((pick: Pick | undefined) => void)[] = [];
  private readonly hoverListeners: ((pick: Pick | undefined, x: number, y: number) => void)[] = [];
  private readonly legendListeners: (() => void)[] = [];
  private readonly stopInput: () => void;
  private readonly stopFrames: () => void;
  private frame: LocalFrame;
  private ground: GroundLayer;
  private districts: readonly DistrictShape[] = [];
  private readonly backdrop: Backdrop;
  private bounds: Bounds;
  private unmoved: View | undefined; // the first view, as long as it stands
  private isSettled = false;
  /** Still being built; it already takes changes, so that none is lost meanwhile. */
  private pending: BuildingLayer | undefined;
  private measure = 0;
  private selected: Pick | undefined;
  private hovered: Pick | undefined;
  private pointer: readonly [number, number] | undefined;

  constructor(
    private readonly container: HTMLElement,
    private readonly widget: CesiumWidget,
    private theme: Theme,
    locale: Locale,
    anchor: readonly [number, number],
  ) {
    this.scene = widget.scene;
    this.context = (widget.scene as unknown as { readonly context: RenderContext }).context;
    this.frame = new LocalFrame(anchor[0], anchor[1]);
    this.modelMatrix = worldMatrix(this.frame);
    this.surroundings = {
      live: true, haze: themeVectors[theme].haze, hazeMetres: 40000, metresPerPixel: 0.001, markerScale: 1,
      eye: [0, 0, 0],
    };
    this.glyphs = glyphTexture(this.context);
    this.ground = new GroundLayer(this.frame, this.context, this.modelMatrix, this.surroundings, theme);
    this.backdrop = new Backdrop(this.scene, () => this.ground);
    this.bounds = { west: -14000, south: -9000, east: 14000, north: 11000 };
    this.rig = new CameraRig(this.scene, this.modelMatrix, limitsFor(this.bounds), this.overview());
    this.labels = new Labels(container, locale);
    this.reticle = document.createElement('div');
    this.reticle.className = 'citymap-reticle';
    container.append(this.reticle);
    this.order();
    this.setTheme(theme);
    this.stopInput = listenToInput(this.scene.canvas, this.rig, {
      click: (x, y) => this.clicked(x, y),
      hover: (x, y) => (this.pointer = [x, y]),
      leave: () => this.left(),
      overview: () => this.flyToOverview(),
    });
    this.stopFrames = this.scene.preUpdate.addEventListener(() => this.beforeFrame());
  }

  setGround(ground: GroundFile, districts: readonly DistrictShape[]): void {
    this.districts = districts;
    const outlines = districts.flatMap((district) => district.outline);
    if (outlines.length > 0) this.settle(outlines);
    this.ground.setGround(ground, districts);
    this.labels.set(ground, districts, this.frame);
    this.labels.place(this.rig.lens);
    this.scene.requestRender();
  }

  async setScene(scene: SceneColumns): Promise<void> {
    const { kind } = scene;
    const ticket = {};
    this.building.set(kind, ticket);
    if (kind !== TwinKind.building && !pointStyles[kind]) return;
    const layer = kind === TwinKind.building ? await this.buildBuildings(scene, ticket) : this.buildPoints(scene);
    if (!layer) return;
    this.layers.get(kind)?.destroy();
    this.layers.set(kind, layer);
    layer.show = !this.hidden.has(kind);
    const south = layer instanceof BuildingLayer ? southOf(layer.plan.base, 4) : southOf(layer.plan.positions, 3);
    this.ground.reliefEdgeNorth = Math.min(this.ground.reliefEdgeNorth, south - 600);
    this.order();
    if (layer instanceof BuildingLayer) this.open(layer);
    if (this.selected?.kind === kind) this.select(this.selected.handle);
    this.scene.requestRender();
  }

  apply(changes: ChangeColumns): void {
    if (changes.kind === TwinKind.building) this.pending?.apply(changes);
    const layer = this.layers.get(changes.kind);
    if (!layer) return;
    layer.apply(changes);
    this.scene.requestRender();
  }

  setBackdrop(sources: BackdropSources): Promise<void> {
    return this.backdrop.show(sources).then(() => this.order());
  }

  setVisible(kind: TwinKind, visible: boolean): void {
    if (visible) this.hidden.delete(kind);
    else this.hidden.add(kind);
    const layer = this.layers.get(kind);
    if (layer) layer.show = visible;
    this.scene.requestRender();
  }

  setBuildingMeasure(measure: number): void {
    if (!measureScales[measure]) return;
    this.measure = measure;
    const layer = this.layers.get(TwinKind.building);
    if (layer instanceof BuildingLayer) layer.setMeasure(measure);
    this.legendChanged();
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    const colors = themes[theme];
    const { haze } = themeVectors[theme];
    this.surroundings.haze = haze;
    this.scene.backgroundColor.red = haze.x;
    this.scene.backgroundColor.green = haze.y;
    this.scene.backgroundColor.blue = haze.z;
    this.container.style.setProperty('--citymap-label', colors.labelColor);
    this.container.style.setProperty('--citymap-halo', colors.labelHalo);
    const accent = colors.accent.map((part) => Math.round(part * 255)).join(' ');
    this.container.style.setProperty('--citymap-accent', `rgb(${accent})`);
    this.ground.setTheme(theme);
    for (const layer of this.layers.values()) layer.setTheme(theme);
    this.legendChanged();
  }

  setLive(live: boolean): void {
    this.surroundings.live = live;
    this.container.classList.toggle('citymap-not-live', !live);
    this.legendChanged();
  }

  flyTo(handle: number): void {
    const district = this.districts.find((shape) => shape.handle === handle);
    const place = this.placeOf(handle);
    if (place) this.rig.flyTo(viewOfPlace(this.rig.view, [place[0], place[1], place[2]], place[3]));
    else if (district) this.rig.flyTo(viewOfPlace(this.rig.view, this.frame.point(...district.label), 6000));
  }

  flyToOverview(): void {
    this.rig.flyTo(this.overview());
  }

  select(handle: number | undefined): void {
    this.selected = handle === undefined ? undefined : this.pickOf(handle);
    for (const [kind, layer] of this.layers) {
      layer.selectedSlot = this.selected?.kind === kind ? layer.slots.slotOf(this.selected.handle) : -1;
    }
    this.placeReticle();
    this.scene.requestRender();
  }

  onPick(listener: (pick: Pick | undefined) => void): void {
    this.pickListeners.push(listener);
  }

  onHover(listener: (pick: Pick | undefined, x: number, y: number) => void): void {
    this.hoverListeners.push(listener);
  }

  legend(kind: TwinKind): readonly LegendStop[] {
    return legendOf(kind, this.theme, this.measure, this.surroundings.live);
  }

  onLegendChange(listener: () => void): void {
    this.legendListeners.push(listener);
  }

  dispose(): void {
    this.stopInput();
    this.stopFrames();
    this.building.clear();
    this.scene.primitives.removeAll();
    for (const layer of this.layers.values()) layer.destroy();
    this.layers.clear();
    this.ground.destroy();
    this.glyphs.destroy();
    this.labels.destroy();
    this.reticle.remove();
    this.widget.destroy();
    this.container.replaceChildren();
    this.container.classList.remove('citymap', 'citymap-not-live');
  }

  /** What lies under a pixel of the canvas. */
  pickAt(x: number, y: number): Pick | undefined {
    const { lens } = this.rig;
    for (const kind of [...drawOrder].reverse()) {
      const layer = this.layers.get(kind);
      if (!(layer instanceof PointLayer) || !layer.isOnTop) continue;
      const hit = layer.pick(lens, x, y);
      if (hit) return { kind, handle: layer.slots.handleOfSlot[hit.slot]! };
    }
    const buildings = this.layers.get(TwinKind.building);
    const wall = buildings instanceof BuildingLayer ? buildings.pick(lens.ray(x, y)) : undefined;
    const lights = this.layers.get(TwinKind.streetlight);
    const lamp = lights instanceof PointLayer ? lights.pick(lens, x, y) : undefined;
    if (lamp && lights && (!wall || lamp.distance <= wall.distance)) {
      return { kind: TwinKind.streetlight, handle: lights.slots.handleOfSlot[lamp.slot]! };
    }
    return wall && buildings
      ? { kind: TwinKind.building, handle: buildings.slots.handleOfSlot[wall.slot]! }
      : undefined;
  }

  private async buildBuildings(scene: SceneColumns, ticket: object): Promise<BuildingLayer | undefined> {
    const layer = new BuildingLayer(
      scene, this.frame, this.context, this.modelMatrix, this.surroundings, this.theme);
    this.pending = layer;
    const wanted = (): boolean => this.building.get(TwinKind.building) === ticket;
    await layer.build(wanted);
    if (this.pending === layer) this.pending = undefined;
    if (!wanted()) {
      layer.destroy();
      return undefined;
    }
    layer.setTheme(this.theme);
    layer.setMeasure(this.measure);
    return layer;
  }

  private buildPoints(scene: SceneColumns): PointLayer {
    return new PointLayer(
      scene, this.frame, this.context, this.modelMatrix, this.glyphs, this.surroundings, this.theme);
  }

  private order(): void {
    const { primitives } = this.scene;
    primitives.destroyPrimitives = false;
    primitives.removeAll();
    for (const primitive of this.backdrop.primitives) primitives.add(primitive);
    primitives.add(this.ground);
    for (const kind of drawOrder) {
      const layer = this.layers.get(kind);
      if (layer) primitives.add(layer);
    }
  }

  private get aspect(): number {
    return this.scene.canvas.clientWidth / Math.max(1, this.scene.canvas.clientHeight);
  }

  private overview(): View {
    return overviewOf(this.bounds, this.aspect);
  }

  // The first buildings bring the camera to them, unless the user has taken it somewhere already.
  private open(buildings: BuildingLayer): void {
    if (!this.unmoved || this.rig.view !== this.unmoved) return;
    this.rig.moveTo(openingOf(buildings.plan.base, this.overview(), this.aspect));
    this.unmoved = undefined;
  }

  private settle(outlines: readonly (readonly [number, number])[]): void {
    const { west, east, south, north } = boundsOf(outlines, this.frame);
    if (Math.hypot(west + east, south + north) / 2 > anchorDistanceMaxMetres && this.layers.size === 0) {
      this.frame = new LocalFrame(...middleOf(outlines));
      Matrix4.clone(worldMatrix(this.frame), this.modelMatrix);
      this.ground.destroy();
      this.ground = new GroundLayer(this.frame, this.context, this.modelMatrix, this.surroundings, this.theme);
      this.order();
    }
    this.bounds = boundsOf(outlines, this.frame);
    this.rig.setLimits(limitsFor(this.bounds));
    // A ground that is set again, after a new connection, leaves the camera to the user.
    if (this.isSettled) return;
    this.isSettled = true;
    this.rig.moveTo(this.overview());
    this.unmoved = this.rig.view;
  }

  private beforeFrame(): void {
    if (this.rig.step()) {
      const height = Math.max(1, this.scene.canvas.clientHeight);
      this.surroundings.metresPerPixel = (2 * Math.tan(verticalFieldOfView / 2)) / height;
      this.surroundings.markerScale = Math.min(markerScaleMax, Math.max(1, height / markerScaleHeight));
      this.surroundings.eye = this.rig.lens.pose.eye;
      this.labels.setScale(this.surroundings.markerScale);
      this.surroundings.hazeMetres = hazeBaseMetres + this.rig.view.range * hazePerRange;
      this.labels.place(this.rig.lens);
      this.placeReticle();
    }
    this.hoverOnce();
  }

  // At most one pick a frame, however fast the pointer reports.
  private hoverOnce(): void {
    if (!this.pointer) return;
    const [x, y] = this.pointer;
    this.pointer = undefined;
    this.setHovered(this.pickAt(x, y), x, y);
  }

  private setHovered(pick: Pick | undefined, x: number, y: number): void {
    if (pick?.handle !== this.hovered?.handle) {
      for (const [kind, layer] of this.layers) {
        layer.hoveredSlot = pick?.kind === kind ? layer.slots.slotOf(pick.handle) : -1;
      }
      this.scene.canvas.style.cursor = pick ? 'pointer' : '';
      this.scene.requestRender();
    }
    if (!pick && !this.hovered) return;
    this.hovered = pick;
    for (const listener of this.hoverListeners) listener(pick, x, y);
  }

  private left(): void {
    this.pointer = undefined;
    this.setHovered(undefined, 0, 0);
  }

  private clicked(x: number, y: number): void {
    const pick = this.pickAt(x, y);
    for (const listener of this.pickListeners) listener(pick);
  }

  private pickOf(handle: number): Pick | undefined {
    for (const [kind, layer] of this.layers) if (layer.slots.slotOf(handle) >= 0) return { kind, handle };
    return undefined;
  }

  /** East, north and up of a twin's top, and from how far to look at it. */
  private placeOf(handle: number): readonly [number, number, number, number] | undefined {
    for (const layer of this.layers.values()) {
      const slot = layer.slots.slotOf(handle);
      if (slot < 0) continue;
      if (layer instanceof PointLayer) {
        const [x, y, z] = layer.plan.positions.subarray(3 * slot, 3 * slot + 3);
        return [x!, y!, z!, layer.kind === TwinKind.airQualitySensor ? 900 : 320];
      }
      const [x, y, z, height] = layer.plan.base.subarray(4 * slot, 4 * slot + 4);
      return [x!, y!, z! + height!, 320 + 4 * height! + 2 * layer.plan.radius[slot]!];
    }
    return undefined;
  }

  private placeReticle(): void {
    const place = this.selected ? this.placeOf(this.selected.handle) : undefined;
    const at = place ? this.rig.lens.project(place[0], place[1], place[2]) : undefined;
    this.reticle.classList.toggle('shown', at !== undefined);
    if (at) this.reticle.style.transform = `translate(${at.x.toFixed(1)}px, ${at.y.toFixed(1)}px)`;
  }

  private legendChanged(): void {
    for (const listener of this.legendListeners) listener();
    this.scene.requestRender();
  }
}
