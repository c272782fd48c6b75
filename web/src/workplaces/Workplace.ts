import type { SearchHit, Twin } from '../twins/cityTypes';
import { AlarmBanner } from './alarms/AlarmBanner';
import { AlarmButton } from './alarms/AlarmButton';
import { AlarmDesk } from './alarms/AlarmDesk';
import { AlarmWall } from './alarms/AlarmWall';
import { Banner } from './Banner';
import { CommandButton } from './commands/CommandButton';
import { CommandDesk } from './commands/CommandDesk';
import type { Desk, Panel } from './desk';
import { h, setAttribute } from './dom';
import { HoverCard } from './HoverCard';
import { Inspector } from './Inspector';
import { LayerPanel } from './LayerPanel';
import { WallLegend } from './legend';
import { SearchBox } from './SearchBox';
import { StageNotes } from './StageNotes';
import { SummaryStrip } from './SummaryStrip';
import { TopBar } from './TopBar';
import { PastBanner } from './time/PastBanner';
import { TimeBar } from './time/TimeBar';
import { TimeButton } from './time/TimeButton';
import { TwinTable } from './TwinTable';

const TickMs = 1_000;

/** The whole page in one language; another language gets another one. */
export class Workplace {
  readonly element: HTMLElement;
  readonly inspector: Inspector;
  readonly hover: HoverCard;
  readonly #desk: Desk;
  readonly #panels: readonly Panel[];
  readonly #alarmPanels: readonly Panel[];
  readonly #timePanels: readonly Panel[];
  readonly #commandPanels: readonly Panel[];
  readonly #layers: LayerPanel;
  readonly #wallLegend: WallLegend;
  readonly #search: SearchBox;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(desk: Desk, map: HTMLElement, opened: (hit: SearchHit) => void, found: (twin: Twin) => void) {
    this.#desk = desk;
    const { language, viewState } = desk;
    this.#search = new SearchBox(desk, opened);
    const alarmButton = new AlarmButton(desk);
    const alarmBanner = new AlarmBanner(desk);
    const alarmDesk = new AlarmDesk(desk);
    const alarmWall = new AlarmWall(desk);
    const timeBar = new TimeBar(desk);
    const pastBanner = new PastBanner(desk);
    const timeButton = new TimeButton(desk, () => timeBar.focus());
    const commandButton = new CommandButton(desk);
    const commandDesk = new CommandDesk(desk);
    this.#commandPanels = [commandButton, commandDesk];
    const top = new TopBar(
      desk, this.#search.element, alarmButton.element, timeButton.element, commandButton.element);
    this.#timePanels = [top, pastBanner, timeBar, timeButton];
    const banner = new Banner(desk);
    const summary = new SummaryStrip(desk);
    const notes = new StageNotes(desk);
    this.#wallLegend = new WallLegend(desk);
    const table = new TwinTable(desk);
    this.#layers = new LayerPanel(desk);
    this.hover = new HoverCard(desk);
    this.inspector = new Inspector(desk, found);
    this.#alarmPanels = [alarmButton, alarmBanner, alarmDesk, alarmWall];
    this.#panels = [
      ...this.#timePanels, banner, summary, this.#layers, table, notes, this.#wallLegend, this.hover, this.inspector,
      ...this.#alarmPanels, ...this.#commandPanels,
    ];
    setAttribute(map, 'aria-label', language.say('map.label'));
    setAttribute(map, 'role', 'region');
    this.element = h('div', { class: viewState.view.wall ? 'workplace wall' : 'workplace' },
      h('a', { class: 'skip', href: '#', onclick: (event: Event) => skipTo(event, map) },
        language.say('app.skipToMap')),
      top.element, h('div', { class: 'banners' }, pastBanner.element, timeBar.element, alarmBanner.element, banner.element), summary.element,
      this.#layers.element,
      h('main', { class: 'stage' }, map, table.element, notes.element, this.#wallLegend.element, this.hover.element,
        alarmWall.element, this.inspector.element), alarmDesk.element, commandDesk.element);
    this.#tick();
  }

  refresh(): void {
    for (const panel of this.#panels) panel.refresh();
    const { phase } = this.#desk.feed;
    setAttribute(document.documentElement, 'data-feed', phase);
    setAttribute(document.documentElement, 'data-time', this.#desk.time.isPast ? 'past' : undefined);
  }

  /** What is known of the alarms changed. */
  showAlarms(): void {
    for (const panel of this.#alarmPanels) panel.refresh();
    // Alarms take the place of the orders, and leave it to them.
    this.showCommands();
    this.inspector.showAlarms();
  }

  /** What is known of orders changed, or whether they are shown. */
  showCommands(): void {
    for (const panel of this.#commandPanels) panel.refresh();
  }

  /** The clock of the past goes on with every frame, and faster than ours. */
  showTime(): void {
    for (const panel of this.#timePanels) panel.refresh();
  }

  showLegends(): void {
    this.#layers.showLegends();
    this.#wallLegend.showLegends();
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#search.dispose();
    for (const panel of this.#panels) panel.dispose?.();
    this.element.remove();
  }

  // Set anew each time, to the next full second: an interval would drift, and clocks would skip.
  #tick(): void {
    // The seconds of a past that is played are not ours.
    const wait = this.#desk.time.isPast ? TickMs : TickMs - (this.#desk.now() % TickMs);
    this.#timer = setTimeout(() => {
      if (!document.hidden) this.refresh();
      this.#tick();
    }, wait);
  }
}

// The hash is the view's, so that the link must not follow itself.
function skipTo(event: Event, map: HTMLElement): void {
  event.preventDefault();
  (map.querySelector('canvas') ?? map).focus();
}
