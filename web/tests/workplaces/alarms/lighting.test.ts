import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MalformedError } from '../../../src/twins/binary';
import { parseLightingFailures } from '../../../src/twins/lighting';
import type { AlarmBook } from '../../../src/workplaces/alarms/AlarmBook';
import { AlarmDesk } from '../../../src/workplaces/alarms/AlarmDesk';
import { FakeDocument, seen, type FakeElement } from '../fakeDom';
import { deskWith, FakeAlarmServer, lightingAnswer, lightingGroup, Now, settle, summaryJson } from './fakeAlarms';

let page: FakeDocument;
let server: FakeAlarmServer;
let book: AlarmBook;

beforeEach(() => {
  vi.useFakeTimers({ now: Now });
  page = new FakeDocument();
  vi.stubGlobal('document', page);
  server = new FakeAlarmServer();
});

afterEach(() => {
  book.dispose();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

async function open(options: Parameters<typeof deskWith>[1] = {}) {
  const made = deskWith(server, options);
  book = made.alarms;
  const panel = new AlarmDesk(made.desk);
  made.panels.push(panel);
  book.choose('lighting');
  book.open(true);
  await settle();
  return { ...made, panel, element: seen(panel.element) };
}

const rows = (element: FakeElement): FakeElement[] => element.find('.alarm-row');
const cells = (row: FakeElement): string[] => row.find('td').map((cell) => cell.textContent.replace(/\u00a0/g, ' '));

describe('the lighting crew’s list', () => {
  it('shows where, how many of how many, what, since when and in which district', async () => {
    server.lighting = lightingAnswer(
      lightingGroup(), lightingGroup({ id: 'Dostyk', name: undefined, lights: 2_000, faulty: 1, counts: { NODATA: 1 } }));
    const { element } = await open({ locale: 'ru' });
    expect(rows(element).map(cells)).toEqual([
      ['Abay-ru', '7,5 %3 из 40', 'Lamp failed-ru: 2No data-ru: 1', '5 мин назад', 'Almaly-ru, d-9'],
      ['Dostyk', '< 0,1 %1 из 2 000', 'No data-ru: 1', '5 мин назад', 'Almaly-ru, d-9'],
    ]);
    expect(element.find('.lighting-summary')[0]!.textContent.replace(/\u00a0/g, ' '))
      .toBe('Неисправных светильников: 3 из 1 200 · Lamp failed-ru: 2 · No data-ru: 1');
  });

  it('leads from a street to its oldest fault, by a click anywhere in the line or on its name', async () => {
    server.lighting = lightingAnswer(lightingGroup(), lightingGroup({ id: null, name: null }));
    const { element, selected } = await open();
    rows(element)[0]!.find('.lighting-what')[0]!.say('click');
    element.button('Abay').say('click');
    element.button('No street known').say('click');
    expect(selected).toEqual(['l-7', 'l-7', 'l-7']);
  });

  it('leads to a cabinet itself, and shows what the cabinet reports', async () => {
    server.lighting = lightingAnswer(
      lightingGroup({
        id: 'cab-1', name: { en: 'cab-1' }, faulty: 0, counts: {}, faults: [],
        cabinet: [{ code: 'SUPPLY_LOSS', text: { en: 'No supply' }, priority: 'high', raisedAt: '2026-11-21T08:00:00Z' }],
      }),
      lightingGroup({ id: null, name: null }));
    const { element, selected } = await open();
    element.button('By cabinet').say('click');
    await settle();
    expect(server.asked).toEqual(['/lighting/failures?by=street', '/lighting/failures?by=cabinet']);
    expect(element.button('By cabinet').getAttribute('aria-pressed')).toBe('true');
    expect(element.button('By street').getAttribute('aria-pressed')).toBe('false');
    expect(cells(rows(element)[0]!)[1]).toBe('0 %0 of 40');
    expect(rows(element)[0]!.find('.lighting-own')[0]!.textContent).toContain('No supply');
    element.button('cab-1').say('click');
    element.button('No cabinet known').say('click');
    expect(selected).toEqual(['cab-1', 'l-7']);
  });

  it('says that no lamp has a fault, of the city or of the district, and still lets one choose', async () => {
    const { element, alarms } = await open();
    expect(element.find('.alarm-empty')[0]!.textContent).toBe('No lamp has a fault.');
    expect(element.find('table')).toEqual([]);
    alarms.narrow({ district: 'd-1' });
    await settle();
    expect(server.asked.at(-1)).toBe('/lighting/failures?by=street&district=d-1');
    expect(element.find('.alarm-empty')[0]!.textContent).toBe('No lamp of the district has a fault.');
    element.button('By cabinet').say('click');
    await settle();
    expect(server.asked.at(-1)).toBe('/lighting/failures?by=cabinet&district=d-1');
  });

  it('does not show streets as cabinets while the cabinets are awaited, and says that it is loading', async () => {
    server.lighting = lightingAnswer(lightingGroup());
    const { element, panel } = await open();
    server.isSilent = true;
    element.button('By cabinet').say('click');
    await settle();
    expect(rows(element)).toEqual([]);
    expect(element.find('.alarm-empty')).toEqual([]);
    await vi.advanceTimersByTimeAsync(1_000);
    panel.refresh();
    expect(element.find('.alarm-progress').length).toBe(1);
    expect(element.button('By street')).toBeDefined();
  });

  it('says why it failed, keeps what it had, and tries again when asked to', async () => {
    server.lighting = lightingAnswer(lightingGroup());
    const { element } = await open();
    server.refusal = { status: 503, detail: 'the server is starting' };
    book.retry();
    await settle();
    expect(element.find('.alarm-failure')[0]!.textContent).toContain('the server is starting');
    expect(rows(element).length).toBe(1);
    server.refusal = undefined;
    element.button('Try again').say('click');
    await settle();
    expect(element.find('.alarm-failure')).toEqual([]);
  });

  it('asks again by itself and on news, but not more often than crews drive out', async () => {
    await open();
    await vi.advanceTimersByTimeAsync(30_000);
    const quiet = server.asked.length;
    expect(quiet).toBeGreaterThanOrEqual(2);
    for (let i = 0; i < 30; i++) {
      book.take(summaryJson({ revision: 13 + i }));
      await vi.advanceTimersByTimeAsync(1_000);
    }
    expect(server.asked.length - quiet).toBeGreaterThanOrEqual(2);
    expect(server.asked.length - quiet).toBeLessThanOrEqual(4);
    book.open(false);
    const closed = server.asked.length;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.asked.length).toBe(closed);
  });

  it('keeps a line, and the focus in it, while its figures and its place change', async () => {
    server.lighting = lightingAnswer(lightingGroup());
    const { element } = await open();
    const before = rows(element)[0]!;
    element.button('Abay').focus();
    server.lighting = lightingAnswer(lightingGroup({ id: 'Dostyk', name: { en: 'Dostyk' } }), lightingGroup({ faulty: 4 }));
    book.retry();
    await settle();
    expect(rows(element)[1]).toBe(before);
    expect(before.contains(page.activeElement)).toBe(true);
    expect(cells(before)[1]).toBe('10 %4 of 40');
  });

  it('says how much is not shown', async () => {
    server.lighting = { ...lightingAnswer(lightingGroup()), total: 812 };
    const { element } = await open();
    expect(element.find('.alarm-note')[0]!.textContent)
      .toBe('Shown: 1 of 812. Choose a district to see the others.');
  });
});

describe('lighting failures', () => {
  it.each([
    undefined, [], {}, { ...lightingAnswer(), by: 'feeder' }, { ...lightingAnswer(), total: undefined },
    lightingAnswer(lightingGroup({ counts: { LAMP_FAILURE: 'many' } })), lightingAnswer(lightingGroup({ raisedAt: 'soon' })),
    lightingAnswer(lightingGroup({ faults: [{}] })), lightingAnswer(lightingGroup({ cabinet: undefined })),
  ])('are refused as a whole where they are %j', (given) => {
    expect(() => parseLightingFailures(given)).toThrow(MalformedError);
  });
});
