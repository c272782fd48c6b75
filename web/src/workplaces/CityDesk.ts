import { Feed, type WorkerPort } from '../feed/Feed';
import type { FeedState } from '../feed/feedState';
import { LiveCity, type Verification } from '../feed/LiveCity';
import { Language } from '../i18n/Language';
import { preferredLocale, type Locale } from '../i18n/texts';
import type { MapPort, Pick } from '../layers/mapPort';
import type { AlarmApi } from '../twins/alarmApi';
import type { CommandApi } from '../twins/commandApi';
import type { CityApi } from '../twins/cityApi';
import { CityScenes } from '../twins/CityScenes';
import type { City, Models, SearchHit, Twin } from '../twins/cityTypes';
import { withReplay, type ReplayApi } from '../twins/replayApi';
import { AlarmBook } from './alarms/AlarmBook';
import { Operator } from './alarms/Operator';
import { CommandBook } from './commands/CommandBook';
import { CityLoader, sceneOrder, type LoadState } from './CityLoader';
import type { Desk } from './desk';
import { MapHost, type OpenMap } from './MapHost';
import { Presenter } from './Presenter';
import { TimeTravel } from './time/TimeTravel';
import { ViewState, type Theme, type View } from './ViewState';
import { Workplace } from './Workplace';

export interface Surroundings {
  readonly root: HTMLElement;
  readonly api: CityApi;
  readonly alarmApi: AlarmApi;
  readonly commandApi: CommandApi;
  readonly replayApi: ReplayApi;
  readonly openMap: OpenMap;
  readonly newWorker: () => WorkerPort;
  readonly hubUrl: string;
  /** From now on, whatever is asked of the city is asked of this replay's; of the living one's where there is none. */
  readonly useReplay: (id: string | undefined) => void;
}

/** Everything behind the panels, wired together once; it lives as long as the page. */
export class CityDesk implements Desk {
  readonly viewState = new ViewState(window);
  readonly scenes = new CityScenes();
  readonly api: CityApi;
  readonly live: LiveCity;
  readonly alarms: AlarmBook;
  readonly commands: CommandBook;
  readonly time: TimeTravel;
  readonly presenter: Presenter;
  readonly ready: Promise<void>;
  readonly #root: HTMLElement;
  readonly #feed: Feed;
  readonly #loader: CityLoader;
  readonly #host: MapHost;
  #resolveReady: () => void = () => undefined;
  #workplace: Workplace;
  #selected: Twin | undefined;
  #flyToSelected = false;
  #shownPhase: FeedState['phase'] | undefined;
  language: Language;
  city: City | undefined;
  models: Models | undefined;

  constructor(
    { root, api, alarmApi, commandApi, replayApi, openMap, newWorker, hubUrl, useReplay }: Surroundings,
  ) {
    this.#root = root;
    this.api = api;
    this.ready = new Promise((resolve) => (this.#resolveReady = resolve));
    this.language = new Language(this.#locale);
    this.alarms = new AlarmBook(alarmApi, new Operator(sessionStorageOf(window)), () => this.#workplace?.showAlarms());
    this.commands = new CommandBook(commandApi, this.alarms, () => this.#workplace?.showCommands());
    this.time = new TimeTravel(replayApi, {
      moved: (replay) => {
        useReplay(replay);
        this.#moved(replay === undefined ? hubUrl : withReplay(hubUrl, replay));
      },
      changed: () => this.#workplace?.refresh(),
      isWall: () => this.viewState.view.wall,
    }, window);
    this.#feed = new Feed(newWorker, hubUrl, { kinds: sceneOrder, detail: 'full' }, {
      frame: (frame, connection) => this.presenter.frame(frame, connection),
      twin: (json) => this.#pushed(json),
      alarms: (json) => this.alarms.take(json),
      state: (state) => this.#feedChanged(state),
    });
    this.live = new LiveCity(this.#feed, (epoch) => this.#epochChanged(epoch));
    this.#host = new MapHost(openMap, this.scenes, {
      opened: (map) => this.#mapOpened(map),
      drawn: (scene) => this.presenter.drawn(scene.kind, scene.epoch),
      failed: () => this.#mapFailed(),
    });
    this.presenter = new Presenter(this.live,
      (number, connection) => this.#feed.applied(number, connection), (error) => this.#host.fail(error));
    this.#loader = new CityLoader(api, {
      state: () => this.#loadChanged(),
      city: (city, models) => this.#cityLoaded(city, models),
      ground: (ground) => this.#host.setGround(ground, this.city?.districts ?? [], this.city?.view),
      scene: (scene) => {
        this.scenes.set(scene);
        this.#host.draw(scene);
      },
    });
    this.#applyTheme();
    this.#workplace = this.#makeWorkplace();
    this.viewState.listen((view, before) => this.#viewChanged(view, before));
    matchMedia('(prefers-color-scheme: light)').addEventListener('change', () => this.#themeChanged());
    if (this.viewState.view.twin) {
      this.#flyToSelected = true;
      this.#feed.inspect(this.viewState.view.twin);
    }
    for (const input of ['pointerdown', 'pointermove', 'keydown']) {
      window.addEventListener(input, () => this.time.touched(), { passive: true });
    }
    window.addEventListener('pagehide', () => this.time.end());
    this.#loader.start();
    this.time.start();
    void this.#host.open(this.theme, this.#locale);
  }

  get feed(): FeedState {
    return this.#feed.state;
  }

  get load(): LoadState {
    return this.#loader.state;
  }

  get map(): MapPort | undefined {
    return this.#host.map;
  }

  get mapFailure(): string | undefined {
    return this.#host.failure;
  }

  get backdropFailure(): string | undefined {
    return this.#host.backdropFailure;
  }

  get theme(): Theme {
    return this.viewState.view.theme ?? (matchMedia('(prefers-color-scheme: light)').matches ? 'light' : 'dark');
  }

  get #locale(): Locale {
    return this.viewState.view.locale ?? preferredLocale(navigator.languages);
  }

  now(): number {
    const { serverTime, clockOffsetMs } = this.#feed.state;
    // The clock of the past goes as it is played, and stands while it is paused: it is what the last frame said.
    if (this.time.isPast) return serverTime ?? this.time.replay?.at ?? Date.now();
    return Date.now() + clockOffsetMs;
  }

  // Everything is asked for anew: what is known is of another time.
  #moved(hubUrl: string): void {
    this.#feed.moveTo(hubUrl);
    this.alarms.forget();
    this.commands.forget();
    this.#workplace.inspector.reload();
    this.#workplace.refresh();
  }

  retryLoad(): void {
    this.#loader.start();
  }

  retryMap(): void {
    void this.#host.open(this.theme, this.#locale);
    this.#workplace.refresh();
  }

  verify(): Promise<Verification> {
    return this.live.verify();
  }

  #makeWorkplace(): Workplace {
    document.documentElement.lang = this.#locale;
    document.documentElement.classList.toggle('is-wall', this.viewState.view.wall);
    this.alarms.showOnWall(this.viewState.view.wall);
    const workplace = new Workplace(this, this.#host.element, (hit) => this.#openHit(hit), (twin) => this.#found(twin));
    this.#root.replaceChildren(workplace.element);
    return workplace;
  }

  #remakeWorkplace(): void {
    this.#workplace.dispose();
    this.#workplace = this.#makeWorkplace();
    this.#workplace.refresh();
  }

  #viewChanged(view: View, before: View): void {
    if (view.twin !== before.twin) this.#twinChanged(view.twin);
    const isOtherLanguage = this.#locale !== this.language.locale;
    if (isOtherLanguage) {
      this.language = new Language(this.#locale, this.city?.timeZone);
      void this.#host.open(this.theme, this.#locale);
    }
    if (view.theme !== before.theme) this.#themeChanged();
    else if (isOtherLanguage || view.wall !== before.wall) this.#remakeWorkplace();
    if (view.hidden !== before.hidden || view.measure !== before.measure) this.#host.show(view);
    this.#workplace.refresh();
  }

  #twinChanged(id: string | undefined): void {
    this.#selected = undefined;
    if (id === undefined) this.map?.select(undefined);
    this.#feed.inspect(id ?? '');
    this.#workplace.inspector.show(id);
  }

  #openHit(hit: SearchHit): void {
    this.map?.flyTo(hit.handle);
    this.map?.select(hit.handle);
    this.viewState.set({ twin: hit.id });
  }

  #pushed(json: string): void {
    // A twin that was taken out of the city is said to be nothing.
    const twin = (json === '' ? undefined : JSON.parse(json)) as Twin | null | undefined;
    if (twin) this.#workplace.inspector.pushed(twin);
  }

  #found(twin: Twin): void {
    this.#selected = twin;
    this.map?.select(twin.handle);
    if (!this.#flyToSelected) return;
    this.#flyToSelected = false;
    // The map can only fly to what it has drawn.
    void this.ready.then(() => this.#selected === twin && this.map?.flyTo(twin.handle));
  }

  #picked(pick: Pick | undefined): void {
    const id = pick && this.scenes.idOf(pick.kind, pick.handle);
    this.viewState.set({ twin: id });
  }

  #themeChanged(): void {
    this.#applyTheme();
    this.map?.setTheme(this.theme);
    this.#remakeWorkplace();
  }

  #applyTheme(): void {
    document.documentElement.dataset['theme'] = this.theme;
  }

  #mapOpened(map: MapPort): void {
    map.onPick((pick) => this.#picked(pick));
    map.onHover((pick, x, y) => this.#hovered(pick, x, y));
    map.onLegendChange(() => this.#workplace.showLegends());
    map.setLive(this.feed.phase === 'live');
    this.presenter.useMap(map);
    this.#host.show(this.viewState.view);
    if (this.#selected) map.select(this.#selected.handle);
    this.#workplace.showLegends();
    this.#workplace.refresh();
    this.#settleReady();
  }

  #mapFailed(): void {
    this.presenter.useMap(undefined);
    this.#workplace.showLegends();
    this.#workplace.refresh();
    this.#settleReady();
  }

  #hovered(pick: Pick | undefined, x: number, y: number): void {
    this.#workplace.hover.show(pick, x, y);
    this.#host.element.style.cursor = pick ? 'pointer' : '';
  }

  #cityLoaded(city: City, models: Models): void {
    this.city = city;
    this.models = models;
    this.scenes.clear();
    if (this.language.timeZone !== city.timeZone) {
      this.language = new Language(this.#locale, city.timeZone);
      this.#remakeWorkplace();
    }
    this.#workplace.inspector.remake();
    this.#workplace.refresh();
  }

  #epochChanged(epoch: number): void {
    // Better no names for a moment than those of another start's handles.
    for (const scene of this.scenes.all) if (scene.epoch !== epoch) this.scenes.clear();
    this.#loader.require(epoch);
  }

  #loadChanged(): void {
    this.#workplace?.refresh();
    this.#settleReady();
  }

  #feedChanged(state: FeedState): void {
    if (this.time.isPast) this.#workplace?.showTime();
    if (state.phase === this.#shownPhase) return this.#settleReady();
    this.#shownPhase = state.phase;
    this.map?.setLive(state.phase === 'live');
    this.#workplace?.refresh();
    this.#settleReady();
  }

  #settleReady(): void {
    const isMapSettled = this.map !== undefined || this.mapFailure !== undefined;
    if (!isMapSettled || this.load.step !== 'ready' || this.feed.phase !== 'live') return;
    void this.#host.drawn.then(this.#resolveReady);
  }

  /** By id, as a bookmark would; the map flies there once the twin is found. */
  select(id: string | undefined): void {
    if (id !== undefined && id === this.#selected?.id) return this.map?.flyTo(this.#selected.handle);
    this.#flyToSelected = id !== undefined;
    this.viewState.set({ twin: id });
  }
}

/** A browser that is told to keep nothing throws at the mere mention of its storage. */
function sessionStorageOf(window: Window): Storage | undefined {
  try {
    return window.sessionStorage;
  } catch {
    return undefined;
  }
}
