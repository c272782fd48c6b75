import type { CommandModel } from '../../twins/cityTypes';
import type { OrderBody } from '../../twins/commandApi';
import { NameCharactersMax } from '../alarms/Operator';
import type { Desk } from '../desk';
import { h, setText } from '../dom';
import {
  commandsFor, forChoices, orderOf, targetKinds, withinChoices, type Draft, type Target, type TargetKind,
} from './draft';
import { OrderPreviewView } from './OrderPreviewView';
import { PayloadField } from './PayloadField';

const TextCharactersMax = 500;
const MinutesPerHour = 60;
const WithinDefault = 15;
const stageDefaults = { size: '20', minutes: '5', percent: '20' } as const;

/** Asks what is to be done by whom, says first whom it would reach, and sends it only after that. */
export class OrderForm {
  readonly element: HTMLFormElement;
  readonly #desk: Desk;
  readonly #kind: HTMLSelectElement;
  readonly #value: HTMLInputElement;
  readonly #valueName = h('span');
  readonly #valueField: HTMLElement;
  readonly #district: HTMLSelectElement;
  readonly #districtField: HTMLElement;
  readonly #command: HTMLSelectElement;
  readonly #payload: PayloadField;
  readonly #within: HTMLSelectElement;
  readonly #for: HTMLSelectElement;
  readonly #reason: HTMLInputElement;
  readonly #by: HTMLInputElement;
  readonly #isStaged: HTMLInputElement;
  readonly #stages: HTMLElement;
  readonly #stageSize = number(stageDefaults.size, 1);
  readonly #stageMinutes = number(stageDefaults.minutes, 1);
  readonly #failedMax = number(stageDefaults.percent, 0, 100);
  readonly #check: HTMLButtonElement;
  readonly #error = h('p', { class: 'error', role: 'alert', hidden: true });
  readonly #preview: OrderPreviewView;
  #commands: readonly CommandModel[] = [];
  #model: string | undefined;
  #shownTargets = -1;
  #shownDistricts = -1;
  #knowsModels = false;
  /** By the operator; what only stood there first is not kept for another target. */
  #picked: string | undefined;
  /** Grows with every change: an answer to what was asked before is of another order. */
  #change = 0;

  constructor(desk: Desk) {
    this.#desk = desk;
    const { language, commands } = desk;
    const changed = (): void => this.#changed();
    const minutes = (n: number): string => n < MinutesPerHour ? language.say('commands.minutes', { n })
      : language.say('commands.hours', { n: n / MinutesPerHour });
    this.#kind = h('select', { onchange: () => this.#kindChanged() }, ...targetKinds.map((kind) =>
      h('option', { value: kind }, language.say(`commands.target.${kind}`))));
    this.#value = h('input', { type: 'text', maxlength: TextCharactersMax, autocomplete: 'off', oninput: changed });
    this.#valueField = h('label', { class: 'field order-value' }, this.#valueName, this.#value);
    this.#district = h('select', { onchange: changed });
    this.#districtField = labelled(language.say('inspector.district'), this.#district);
    this.#command = h('select', {
      onchange: () => {
        this.#picked = this.#command.value;
        this.#commandChanged();
      },
    });
    this.#payload = new PayloadField(language, changed);
    this.#within = h('select', { onchange: changed },
      ...withinChoices.map((n) => h('option', { value: n }, minutes(n))));
    this.#within.value = String(WithinDefault);
    this.#for = h('select', { onchange: changed }, ...forChoices.map((n) =>
      h('option', { value: n }, n === 0 ? language.say('commands.for.next') : minutes(n))));
    this.#for.value = '0';
    this.#reason = h('input', { type: 'text', maxlength: TextCharactersMax, autocomplete: 'off', oninput: changed });
    this.#by = h('input', {
      type: 'text', maxlength: NameCharactersMax, autocomplete: 'off', value: commands.operator.name,
      placeholder: language.say('alarms.operatorHint'), oninput: () => (commands.operator.name = this.#by.value),
    });
    this.#isStaged = h('input', { type: 'checkbox', onchange: () => this.#stagedChanged() });
    for (const field of [this.#stageSize, this.#stageMinutes, this.#failedMax]) field.addEventListener('input', changed);
    this.#stages = h('div', { class: 'order-stages', hidden: true },
      labelled(language.say('commands.stageSize'), this.#stageSize),
      labelled(language.say('commands.stageMinutes'), this.#stageMinutes),
      labelled(language.say('commands.failedMax'), this.#failedMax));
    this.#check = h('button', { type: 'submit', class: 'button' }, language.say('commands.check'));
    this.#preview = new OrderPreviewView(desk);
    this.element = h('form', {
      class: 'order-form', 'aria-label': language.say('commands.form'),
      onsubmit: (event: Event) => {
        event.preventDefault();
        void this.check();
      },
    }, h('div', { class: 'order-fields' },
      labelled(language.say('commands.target'), this.#kind), this.#valueField, this.#districtField,
      labelled(language.say('commands.command'), this.#command), this.#payload.element,
      labelled(language.say('commands.within'), this.#within), labelled(language.say('commands.for'), this.#for),
      h('label', { class: 'field order-reason' }, h('span', {}, language.say('commands.reason')), this.#reason),
      labelled(language.say('alarms.operator'), this.#by),
      h('label', { class: 'field-check' }, this.#isStaged, language.say('commands.staged')), this.#stages),
    h('div', { class: 'order-acts' }, this.#check), this.#error, this.#preview.element);
    this.refresh();
  }

  refresh(): void {
    const { commands, city, models } = this.#desk;
    this.#showDistricts(city?.districts ?? []);
    if (this.#shownTargets !== commands.targets) {
      this.#shownTargets = commands.targets;
      this.#take(commands.target);
    } else if (!this.#knowsModels && models) {
      this.#showCommands();
    }
    if (document.activeElement !== this.#by && this.#by.value !== commands.operator.name) {
      this.#by.value = commands.operator.name;
    }
  }

  focus(): void {
    (this.#value.value ? this.#command : this.#kind).focus();
  }

  /** Asks whom it would reach; only the answer has the button that sends. */
  async check(): Promise<void> {
    const { language, time, commands } = this.#desk;
    if (time.isPast) return this.#refuse(language.say('commands.past'));
    const order = orderOf(this.#draft, this.#chosen, newId());
    if (typeof order === 'string') return this.#refuse(language.say(`commands.missing.${order}`));
    this.#changed();
    const asked = this.#change;
    await this.#busy('commands.checking', async () => {
      const preview = await commands.preview(order);
      if (asked === this.#change) this.#preview.show(preview, () => void this.#send(order));
    });
  }

  async #send(order: OrderBody): Promise<void> {
    const { commands, language, time } = this.#desk;
    if (time.isPast) return this.#refuse(language.say('commands.past'));
    this.#preview.disable();
    await this.#busy('commands.sending', async () => {
      await commands.place(order);
      this.#changed();
      this.#kind.focus();
    });
  }

  async #busy(word: 'commands.checking' | 'commands.sending', act: () => Promise<void>): Promise<void> {
    const { language } = this.#desk;
    this.#check.disabled = true;
    setText(this.#check, language.say(word));
    try {
      await act();
    } catch (error) {
      // What was sent may have arrived all the same; the same order again is the same id, so it can be sent again.
      this.#preview.enable();
      this.#refuse(language.say('commands.refused', { reason: error instanceof Error ? error.message : String(error) }));
    } finally {
      this.#check.disabled = false;
      setText(this.#check, language.say('commands.check'));
    }
  }

  get #draft(): Draft {
    return {
      target: this.#target, payload: this.#payload.value, withinMinutes: Number(this.#within.value),
      forMinutes: Number(this.#for.value), reason: this.#reason.value, by: this.#by.value,
      isStaged: this.#isStaged.checked, stageSize: this.#stageSize.value, stageMinutes: this.#stageMinutes.value,
      failedPercentMax: this.#failedMax.value,
    };
  }

  get #target(): Target {
    const kind = this.#kind.value as TargetKind;
    const value = kind === 'district' ? this.#district.value : this.#value.value;
    return { kind, value, ...(kind === 'twin' && this.#model ? { model: this.#model } : {}) };
  }

  get #chosen(): CommandModel | undefined {
    return this.#commands.find(({ name }) => name === this.#command.value);
  }

  #take(target: Target): void {
    this.#kind.value = target.kind;
    this.#value.value = target.kind === 'district' ? '' : target.value;
    if (target.kind === 'district') this.#district.value = target.value;
    this.#model = target.model;
    this.#picked = undefined;
    this.#showTarget();
  }

  #kindChanged(): void {
    const { alarms } = this.#desk;
    const kind = this.#kind.value as TargetKind;
    const { target } = this.#desk.commands;
    this.#model = kind === 'twin' ? target.model : undefined;
    this.#value.value = kind === target.kind ? target.value
      : kind === 'filter' ? filterOf(alarms.filter.district) : '';
    this.#showTarget();
  }

  #showTarget(): void {
    const kind = this.#kind.value as TargetKind;
    this.#valueField.hidden = kind === 'district';
    this.#districtField.hidden = kind !== 'district';
    if (kind !== 'district') setText(this.#valueName, this.#desk.language.say(`commands.value.${kind}`));
    this.#showCommands();
  }

  #showCommands(): void {
    const { models, language } = this.#desk;
    this.#knowsModels = models !== undefined;
    this.#commands = commandsFor(this.#target, models);
    this.#command.replaceChildren(...(this.#commands.length > 0
      ? this.#commands.map(({ name, displayName }) => h('option', { value: name }, language.pick(displayName)))
      : [h('option', { value: '' }, language.say('commands.noCommand'))]));
    this.#command.value = (this.#commands.find(({ name }) => name === this.#picked) ?? this.#commands[0])?.name ?? '';
    this.#commandChanged();
  }

  #commandChanged(): void {
    this.#payload.show(this.#chosen);
    this.#changed();
  }

  #stagedChanged(): void {
    this.#stages.hidden = !this.#isStaged.checked;
    this.#changed();
  }

  #showDistricts(districts: NonNullable<Desk['city']>['districts']): void {
    if (this.#shownDistricts === districts.length) return;
    this.#shownDistricts = districts.length;
    const chosen = this.#district.value;
    this.#district.replaceChildren(...districts.map(({ id, name }) =>
      h('option', { value: id }, this.#desk.language.pick(name))));
    this.#district.value = chosen || districts[0]?.id || '';
  }

  /** What was found out holds for what was asked, and for nothing else. */
  #changed(): void {
    this.#change++;
    this.#preview.clear();
    this.#error.hidden = true;
  }

  #refuse(message: string): void {
    setText(this.#error, message);
    this.#error.hidden = false;
  }
}

const labelled = (label: string, field: HTMLElement): HTMLElement =>
  h('label', { class: 'field' }, h('span', {}, label), field);

const number = (value: string, min: number, max?: number): HTMLInputElement =>
  h('input', { type: 'number', value, min, max, class: 'order-number' });

const filterOf = (district: string | undefined): string =>
  district ? `kind=streetlight&district=${encodeURIComponent(district)}` : 'kind=streetlight';

/** Over plain HTTP a browser makes no UUIDs. */
function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return `page-${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
