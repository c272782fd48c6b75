import { MalformedError } from '../../twins/binary';
import type { AlarmApi, AlarmFilter, AlarmOrder, AlarmVerb } from '../../twins/alarmApi';
import {
  isSetAside, parseAlarmSummary, type AlarmCounts, type AlarmEntry, type AlarmKpi, type AlarmList, type AlarmSummary,
  type CityBanner, type JournalEntry,
} from '../../twins/alarms';
import type { LightingFailures, LightingGrouping } from '../../twins/lighting';
import { Asked } from './Asked';
import type { Operator } from './Operator';

export const EntriesMax = 200;
/** What the hub says makes the lists ask anew; this is for what changes without it, such as an indicator. */
const PollMs = 15_000;

/** The longest answer of all, and crews do not drive out by the second. */
const LightingRestMs = 10_000;

export const alarmTabs = ['active', 'setAside', 'lighting', 'journal', 'performance'] as const;
export type AlarmTab = (typeof alarmTabs)[number];

/** What the page knows of the alarms, in whichever language it is shown; it outlives the panels. */
export class AlarmBook {
  readonly api: AlarmApi;
  readonly operator: Operator;
  readonly active: Asked<AlarmList>;
  readonly setAside: Asked<AlarmList>;
  readonly journal: Asked<readonly JournalEntry[]>;
  readonly kpi: Asked<AlarmKpi>;
  readonly lighting: Asked<LightingFailures>;
  readonly #changed: () => void;
  readonly #poll: ReturnType<typeof setInterval>;
  #summary: AlarmSummary | undefined;
  #acknowledgedBanner = '';
  #filter: AlarmFilter = {};
  #journalTwin: string | undefined;
  #lightingBy: LightingGrouping = 'street';
  #isOpen = false;
  #isOnWall = false;
  #tab: AlarmTab = 'active';
  #changes = 0;

  constructor(api: AlarmApi, operator: Operator, changed: () => void) {
    this.api = api;
    this.operator = operator;
    this.#changed = changed;
    this.active = new Asked((signal) => api.list(this.#filter, EntriesMax, signal), changed);
    this.setAside = new Asked((signal) => this.#askSetAside(signal), changed);
    this.journal = new Asked((signal) => api.journal(this.#journalTwin, EntriesMax, signal), changed);
    this.kpi = new Asked((signal) => api.kpi(signal), changed);
    this.lighting = new Asked(
      (signal) => api.lighting(this.#lightingBy, this.#filter.district, signal), changed, LightingRestMs);
    this.#poll = setInterval(() => this.#shown?.ask(), PollMs);
  }

  /** Grows whenever the alarms may be others than before. */
  get changes(): number {
    return this.#changes;
  }

  /** From the hub; before it has said anything, from the list where that was asked for. */
  get counts(): AlarmCounts | undefined {
    return this.#summary?.counts ?? this.active.value?.counts;
  }

  /** Undefined also once it was acknowledged here, before the hub says so. */
  get banner(): CityBanner | undefined {
    const banner = this.#summary?.banner;
    return banner && keyOf(banner) !== this.#acknowledgedBanner ? banner : undefined;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get tab(): AlarmTab {
    return this.#tab;
  }

  get filter(): AlarmFilter {
    return this.#filter;
  }

  get journalTwin(): string | undefined {
    return this.#journalTwin;
  }

  get lightingBy(): LightingGrouping {
    return this.#lightingBy;
  }

  /** What the hub says; what cannot be read changes nothing, and is read anew from the list. */
  take(json: string): void {
    try {
      this.#summary = parseAlarmSummary(json);
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
    }
    this.#changes++;
    this.#shown?.ask();
    this.#changed();
  }

  /** Another city is shown, or the same at another time: nothing of what is known is of that. */
  forget(): void {
    this.#summary = undefined;
    this.#acknowledgedBanner = '';
    this.#changes++;
    for (const asked of [this.active, this.setAside, this.journal, this.kpi, this.lighting]) asked.forget();
    this.#shown?.askAnew();
    this.#changed();
  }

  open(isOpen: boolean): void {
    this.#isOpen = isOpen;
    this.#shown?.ask();
    this.#changed();
  }

  choose(tab: AlarmTab): void {
    this.#tab = tab;
    this.#shown?.ask();
    this.#changed();
  }

  /** The wall shows the list without anybody opening it. */
  showOnWall(isOnWall: boolean): void {
    this.#isOnWall = isOnWall;
    this.#shown?.ask();
  }

  narrow(change: { readonly priority?: string; readonly district?: string }): void {
    this.#filter = { ...this.#filter, ...change };
    for (const list of [this.active, this.setAside, this.lighting]) list.value = undefined;
    this.#shown?.askAnew();
    this.#changed();
  }

  narrowJournal(twin: string | undefined): void {
    this.#journalTwin = twin;
    this.journal.value = undefined;
    this.#shown?.askAnew();
    this.#changed();
  }

  groupLighting(by: LightingGrouping): void {
    if (by === this.#lightingBy) return;
    this.#lightingBy = by;
    this.lighting.value = undefined;
    this.#shown?.askAnew();
    this.#changed();
  }

  retry(): void {
    this.#shown?.askAnew();
    this.#changed();
  }

  async act(entry: Pick<AlarmEntry, 'kind' | 'id'>, verb: AlarmVerb, order: AlarmOrder): Promise<void> {
    await this.api.act(entry.kind, entry.id, verb, order);
    this.#changes++;
    this.#shown?.askAnew();
    this.#changed();
  }

  /** The only way to be rid of the banner. */
  async acknowledgeBanner(banner: CityBanner): Promise<void> {
    const listed = this.active.value?.entries.find(({ twin, code }) => twin === banner.twin && code === banner.code);
    const entry = listed ?? { kind: 'alarm' as const, id: `${banner.twin}:${banner.code}` };
    await this.act(entry, 'acknowledge', { by: this.operator.name });
    this.#acknowledgedBanner = keyOf(banner);
    this.#changed();
  }

  dispose(): void {
    clearInterval(this.#poll);
    for (const asked of [this.active, this.setAside, this.journal, this.kpi, this.lighting]) asked.dispose();
  }

  get #shown(): Asked<unknown> | undefined {
    if (this.#isOnWall) return this.active;
    if (!this.#isOpen) return undefined;
    return {
      active: this.active, setAside: this.setAside, lighting: this.lighting, journal: this.journal, performance: this.kpi,
    }[this.#tab];
  }

  // Asked for by state: among many active ones the few that are set aside would fall beyond the limit.
  async #askSetAside(signal: AbortSignal): Promise<AlarmList> {
    const states = ['shelved', 'suppressed', 'outOfService'] as const;
    const lists = await Promise.all(states.map((state) =>
      this.api.list({ ...this.#filter, state }, EntriesMax, signal)));
    const entries = new Map(lists.flatMap((list) => list.entries).filter(isSetAside).map((one) => [one.id, one]));
    return {
      ...lists[0]!, entries: [...entries.values()],
      unreadable: lists.reduce((sum, list) => sum + list.unreadable, 0),
    };
  }
}

const keyOf = ({ twin, code, at }: CityBanner): string => `${twin}:${code}@${at}`;
