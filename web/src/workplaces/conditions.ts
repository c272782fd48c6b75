import type { TextKey } from '../i18n/texts';
import type { KindName } from '../twins/cityTypes';

/** A twin's condition by its number in a frame (docs/contracts.md §2.1), as the legend and the inspector name it. */
export const conditionKeys: Readonly<Partial<Record<KindName, readonly TextKey[]>>> = {
  streetlight: ['light.unknown', 'light.off', 'light.on', 'light.dimmed', 'light.failed'],
  utilityMeter: ['meter.unknown', 'meter.normal', 'meter.leak', 'meter.tamper', 'meter.noSupply'],
  feeder: ['feeder.unknown', 'feeder.inService', 'feeder.outOfService'],
  lightingCabinet: ['cabinet.unknown', 'cabinet.off', 'cabinet.on', 'cabinet.doorOpen'],
  airQualitySensor: [
    'airQuality.unknown', 'airQuality.good', 'airQuality.fair', 'airQuality.moderate', 'airQuality.poor',
    'airQuality.veryPoor', 'airQuality.extremelyPoor',
  ],
};

/** Also takes the name that the REST interface may give instead of the number. */
export function conditionKey(kind: KindName, condition: number | string): TextKey | undefined {
  const keys = conditionKeys[kind];
  if (typeof condition === 'number') return keys?.[condition];
  return keys?.find((key) => key.endsWith(`.${condition}`));
}

/** Conditions that somebody should look at. */
export const isTrouble = (key: TextKey): boolean => troubles.has(key);

const troubles: ReadonlySet<TextKey> = new Set<TextKey>([
  'light.failed', 'meter.leak', 'meter.tamper', 'meter.noSupply', 'feeder.outOfService', 'cabinet.doorOpen',
]);
