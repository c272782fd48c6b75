import type { Language } from '../i18n/Language';
import { unitOf } from '../i18n/units';
import type { City, FreshnessName, Models, PropertyModel, Twin, TwinModel } from '../twins/cityTypes';

const titleAttributes = ['name', 'address', 'street', 'serialNumber'];

/** What one would call the twin: its name or address, else what it is. */
export function titleOf(twin: Twin, model: TwinModel | undefined, city: City | undefined, language: Language): string {
  if (twin.kind === 'city' && city) return language.pick(city.name);
  const district = twin.kind === 'district' ? city?.districts.find(({ id }) => id === twin.id) : undefined;
  if (district) return language.pick(district.name);
  for (const name of [`name.${language.locale}`, 'name.en', ...titleAttributes]) {
    const text = textOf(twin.attributes[name], language);
    if (text) return text;
  }
  return model ? language.pick(model.displayName) : language.say(`one.${twin.kind}`);
}

function textOf(value: unknown, language: Language): string | undefined {
  if (typeof value === 'string' && value !== '') return value;
  if (typeof value !== 'object' || value === null || !('en' in value)) return undefined;
  return language.pick(value as Record<'en' | 'ru' | 'kk', string>);
}

export const isMeasurement = (property: PropertyModel): boolean =>
  property.role === 'telemetry' || property.role === 'computed';

/** The properties to show: those of the model, and what is reported without being in it. */
export function propertiesOf(twin: Twin, model: TwinModel | undefined): readonly PropertyModel[] {
  const known = model?.properties ?? [];
  const names = new Set(known.map(({ name }) => name));
  const others = Object.keys(twin.values).filter((name) => !names.has(name));
  return [...known, ...others.map((name): PropertyModel => ({
    name, displayName: { en: name, ru: name, kk: name }, role: 'telemetry', schema: 'unknown',
  }))];
}

/** Why a value is not taken as it is, in words; a reason that this page does not know is better shown than hidden. */
export function reasonText(reason: string, language: Language): string {
  const said = language.sayIfKnown(`reason.${reason}`);
  return said === `reason.${reason}` ? reason : said;
}

/** A value as a reader of this language writes it. */
export function valueText(property: PropertyModel, value: unknown, language: Language): string {
  if (typeof value === 'boolean') return language.say(value ? 'value.true' : 'value.false');
  if (typeof value === 'number') {
    // A year is not a quantity: it has no unit and no thousands.
    if (property.name.startsWith('year')) return String(value);
    return language.quantity(value, unitOf(property));
  }
  const member = property.enumValues?.find(({ name }) => name === value);
  if (member) return language.pick(member.displayName);
  return textOf(value, language) ?? (value === undefined || value === null ? '' : JSON.stringify(value));
}

/** How fresh one value is by its model's interval; undefined where nobody expects it at intervals. */
export function freshnessOfValue(
  ageMs: number, twin: Twin, model: TwinModel, models: Models,
): FreshnessName | undefined {
  const own = twin.values['reportingIntervalSeconds']?.value ?? twin.attributes['reportingIntervalSeconds'];
  const intervalSeconds = typeof own === 'number' && own > 0 ? own : model.expectedIntervalSeconds;
  if (!intervalSeconds || !models.freshness) return undefined;
  const intervals = ageMs / 1000 / intervalSeconds;
  if (intervals > models.freshness.lostAfterIntervals) return 'lost';
  return intervals > models.freshness.staleAfterIntervals ? 'stale' : 'live';
}
