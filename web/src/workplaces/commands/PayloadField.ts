import type { Language } from '../../i18n/Language';
import { unitOf, unitStep } from '../../i18n/units';
import type { CommandModel } from '../../twins/cityTypes';
import { h, setText } from '../dom';

/** The value of a command, as its model has it: a number with limits and unit, a choice, a text, or nothing. */
export class PayloadField {
  readonly element = h('div', { class: 'order-payload' });
  readonly #language: Language;
  readonly #changed: () => void;
  #input: HTMLInputElement | HTMLSelectElement | undefined;
  #shown: CommandModel | undefined;

  constructor(language: Language, changed: () => void) {
    this.#language = language;
    this.#changed = changed;
  }

  get value(): string {
    return this.#input?.value ?? '';
  }

  show(command: CommandModel | undefined): void {
    if (command === this.#shown) return;
    this.#shown = command;
    this.#input = undefined;
    this.element.hidden = !command?.request;
    if (!command?.request) return this.element.replaceChildren();
    const { request } = command;
    const choices = this.#choicesOf(request);
    this.#input = choices
      ? h('select', { onchange: this.#changed }, ...choices.map(([value, text]) => h('option', { value }, text)))
      : h('input', {
        type: 'text', autocomplete: 'off', oninput: this.#changed,
        inputmode: request.schema === 'double' || request.schema === 'integer' ? 'decimal' : undefined,
      });
    if (choices) this.#input.value = choices[0]?.[0] ?? '';
    const hint = h('span', { class: 'order-unit' });
    setText(hint, this.#hintOf(command));
    this.element.replaceChildren(h('label', { class: 'field' },
      h('span', {}, this.#language.pick(request.displayName)),
      h('span', { class: 'order-payload-input' }, this.#input, hint)));
  }

  #choicesOf(request: NonNullable<CommandModel['request']>): readonly (readonly [string, string])[] | undefined {
    const language = this.#language;
    if (request.schema === 'boolean') {
      return [['true', language.say('value.true')], ['false', language.say('value.false')]];
    }
    if (request.schema !== 'enum') return undefined;
    return (request.enumValues ?? []).map(({ name, displayName }) => [name, language.pick(displayName)] as const);
  }

  // Where the request has no unit of its own, it is in that of the telemetry that confirms it.
  #hintOf({ request, confirmedBy }: CommandModel): string {
    const unit = request!.unit ?? (confirmedBy ? unitOf({ name: confirmedBy }) : undefined);
    const symbol = unit ? unitStep(unit, 1)?.symbol[this.#language.locale] ?? unit : '';
    const { minimum, maximum } = request!;
    const range = typeof minimum === 'number' && typeof maximum === 'number'
      ? this.#language.say('commands.range', { from: minimum, to: maximum }) : '';
    return [symbol, range].filter(Boolean).join(' · ');
  }
}
