import type { CommandOrder } from '../../twins/commands';
import { unitOf, unitStep } from '../../i18n/units';
import type { Desk } from '../desk';

/** What was ordered, in the reader's words: the command's name, and its value with its unit. */
export function payloadText(order: Pick<CommandOrder, 'name' | 'payload'>, desk: Pick<Desk, 'language' | 'models'>): string {
  const { language, models } = desk;
  const command = models?.models.flatMap((model) => model.commandSchemas ?? []).find(({ name }) => name === order.name);
  const name = command ? language.pick(command.displayName) : order.name;
  const { payload } = order;
  if (payload === null || payload === undefined) return name;
  if (typeof payload === 'boolean') return `${name}: ${language.say(payload ? 'value.true' : 'value.false')}`;
  if (typeof payload !== 'number') {
    const member = command?.request?.enumValues?.find((one) => one.name === payload);
    return `${name}: ${member ? language.pick(member.displayName) : typeof payload === 'string' ? payload : JSON.stringify(payload)}`;
  }
  const unit = command?.request?.unit ?? (command?.confirmedBy ? unitOf({ name: command.confirmedBy }) : undefined);
  const symbol = unit ? unitStep(unit, 1)?.symbol[language.locale] ?? unit : undefined;
  return `${name}: ${language.number(payload, 2)}${symbol ? `\u00a0${symbol}` : ''}`;
}
