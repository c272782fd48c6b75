import type { TextKey } from '../i18n/texts';
import type { KindName } from '../twins/cityTypes';

/** A twin's condition by its number in a frame (docs/contracts.md §2.1), as the legend and the inspector name it. */
export const conditionKeys: Readonly<Partial<Record<KindName, readonly TextKey[]>>> = {
  building: ['building.unknown', 'building.normal', 'building.alarm'],
  streetlight: [
    'light.unknown', 'light.off', 'light.on', 'light.dimmed', 'light.failed', 'light.darkWhenDue', 'light.burnsByDay',
  ],
  utilityMeter: ['meter.unknown', 'meter.normal', 'meter.leak', 'meter.tamper', 'meter.noSupply', 'meter.alarm'],
  feeder: ['feeder.unknown', 'feeder.inService', 'feeder.outOfService', 'feeder.alarm'],
  lightingCabinet: ['cabinet.unknown', 'cabinet.off', 'cabinet.on', 'cabinet.doorOpen', 'cabinet.alarm'],
  airQualitySensor: [
    'airQuality.unknown', 'airQuality.good', 'airQuality.fair', 'airQuality.moderate', 'airQuality.poor',
    'airQuality.veryPoor', 'airQuality.extremelyPoor',
  ],
  generic: ['generic.unknown', 'generic.normal', 'generic.alarm'],
};

/** Also takes the name that the REST interface may give instead of the number. */
export function conditionKey(kind: KindName, condition: number | string): TextKey | undefined {
  const keys = conditionKeys[kind];
  // A building without a meter has no condition, which is not news.
  if (kind === 'building' && (condition === 0 || condition === 'unknown')) return undefined;
  if (typeof condition === 'number') return keys?.[condition];
  return keys?.find((key) => key.endsWith(`.${condition}`));
}

/** Conditions that somebody should look at. */
export const isTrouble = (key: TextKey): boolean => troubles.has(key);

const troubles: ReadonlySet<TextKey> = new Set<TextKey>([
  'light.failed', 'meter.leak', 'meter.tamper', 'meter.noSupply', 'feeder.outOfService', 'cabinet.doorOpen',
  'light.darkWhenDue', 'light.burnsByDay', 'meter.alarm', 'feeder.alarm', 'cabinet.alarm', 'building.alarm',
  'generic.alarm',
]);
