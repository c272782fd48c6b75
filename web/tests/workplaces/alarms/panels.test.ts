import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AlarmBanner } from '../../../src/workplaces/alarms/AlarmBanner';
import type { AlarmBook } from '../../../src/workplaces/alarms/AlarmBook';
import { AlarmButton } from '../../../src/workplaces/alarms/AlarmButton';
import { AlarmDesk } from '../../../src/workplaces/alarms/AlarmDesk';
import { AlarmWall } from '../../../src/workplaces/alarms/AlarmWall';
import { TwinAlarms } from '../../../src/workplaces/alarms/TwinAlarms';
import { FakeDocument, seen, type FakeElement } from '../fakeDom';
import { bannerJson, deskWith, entry, FakeAlarmServer, incident, Now, settle, summaryJson } from './fakeAlarms';

let page: FakeDocument;
let server: FakeAlarmServer;
let book: AlarmBook | undefined;

beforeEach(() => {
  vi.useFakeTimers({ now: Now });
  page = new FakeDocument();
  vi.stubGlobal('document', page);
  server = new FakeAlarmServer();
});

afterEach(() => {
  book?.dispose();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

function setUp(options: Parameters<typeof deskWith>[1] = {}) {
  const made = deskWith(server, options);
  book = made.alarms;
  return made;
}

async function openDesk(options: Parameters<typeof deskWith>[1] = {}) {
  const made = setUp(options);
  const panel = new AlarmDesk(made.desk);
  made.panels.push(panel);
  made.alarms.open(true);
  await settle();
  return { ...made, panel, element: seen(panel.element) };
}

const rows = (element: FakeElement): string[] => element.find('.alarm-row').map((row) => row.textContent);

describe('the alarm desk', () => {
  it('shows each alarm in the page’s language: state, what, where and since when', async () => {
    server.entries = [
      incident({ state: 'ackActive', assignee: 'crew 4' }), entry(), entry({ id: 's', state: 'shelved' }),
    ];
    const { element } = await openDesk({ locale: 'ru' });
    expect(rows(element).length).toBe(2);
    expect(rows(element)[0]).toContain('Инцидент: Feeder out-ru');
    expect(rows(element)[0]).toContain('активно 30 из 37');
    expect(rows(element)[0]).toContain('crew 4');
    const row = element.find('.alarm-row')[1]!;
    expect(row.getAttribute('data-unacknowledged')).toBe('yes');
    for (const word of [
      'высокий', '● Активна, не квитирована', 'No supply-ru', 'Meter 12-ru', 'Almaly-ru', '5 мин назад',
    ]) {
      expect(row.textContent).toContain(word);
    }
    expect(element.find('time')[1]!.getAttribute('title')).toMatch(/21\.11\.2026, 13:55:00, время города/);
  });

  it('says that there is nothing, also where only the filter leaves nothing', async () => {
    const { element, alarms } = await openDesk();
    expect(element.textContent).toContain('No active alarms.');
    alarms.narrow({ priority: 'low' });
    await settle();
    expect(element.find('.alarm-empty')[0]!.textContent).toBe('No alarm matches the filter.');
  });

  it('shows that it is loading after a second, and not before', async () => {
    server.isSilent = true;
    const { element, panel } = await openDesk();
    expect(element.find('.alarm-progress')).toEqual([]);
    await vi.advanceTimersByTimeAsync(1_000);
    panel.refresh();
    expect(element.find('.alarm-progress').length).toBe(1);
    expect(element.find('.alarm-empty')).toEqual([]);
  });

  it('says why it failed, and tries again when asked to', async () => {
    server.refusal = { status: 503, detail: 'the server is starting' };
    const { element } = await openDesk();
    expect(element.find('.alarm-failure')[0]!.textContent).toContain('the server is starting');
    server.refusal = undefined;
    server.entries = [entry()];
    element.button('Try again').say('click');
    await settle();
    expect(element.find('.alarm-failure')).toEqual([]);
    expect(rows(element).length).toBe(1);
  });

  it('says from when it is while the feed is not live', async () => {
    server.entries = [entry()];
    const { element, panel, feed } = await openDesk();
    expect(element.find('.alarm-old')).toEqual([]);
    feed.phase = 'reconnecting';
    panel.refresh();
    expect(element.find('.alarm-old')[0]!.textContent).toBe('As of 14:00:00, not live');
  });

  it('admits that there are entries it cannot read', async () => {
    server.entries = [entry({ state: 'dreaming' })];
    const { element } = await openDesk();
    expect(element.find('.alarm-note')[0]!.textContent).toBe('Entries that this page cannot read: 1');
    expect(element.find('.alarm-empty')).toEqual([]);
  });

  it('selects the twin of a row, and not for a click on one of its buttons', async () => {
    server.entries = [entry()];
    const { element, selected } = await openDesk();
    element.find('.alarm-text')[0]!.say('click');
    expect(selected).toEqual(['m-12-e']);
    element.button('Acknowledge').say('click');
    expect(selected.length).toBe(1);
  });

  it('opens an incident and marks what came first', async () => {
    server.entries = [incident()];
    server.members = [entry({ id: 'm-3-e:OUTAGE', twin: 'm-3-e' }), entry()];
    const { element } = await openDesk();
    element.button('active 30 of 37').say('click');
    await settle();
    expect(rows(element).length).toBe(3);
    expect(rows(element)[1]).not.toContain('first ·');
    expect(rows(element)[2]).toContain('first · OUTAGE');
    expect(element.textContent).toContain('Shown: 2 of 37');
    element.button('active 30 of 37').say('click');
    expect(rows(element).length).toBe(1);
  });

  it('keeps a row, and the focus in it, while what it says changes', async () => {
    server.entries = [entry()];
    const { element, alarms } = await openDesk();
    const before = element.find('.alarm-row')[0];
    server.entries = [incident(), entry({ state: 'ackActive', acknowledgedBy: 'Aigul' })];
    alarms.retry();
    await settle();
    expect(element.find('.alarm-row')[1]).toBe(before);
    expect(before!.textContent).toContain('acknowledged by Aigul');
    expect(before!.getAttribute('data-unacknowledged')).toBeNull();
  });

  it('shows the journal newest first, and the indicators against their targets', async () => {
    const one = (sequence: number, event: string): Record<string, unknown> =>
      ({ sequence, at: '2026-11-21T08:00:00Z', alarm: 'm:OUTAGE', twin: 'm', code: 'OUTAGE', event, by: 'Aigul' });
    server.journal = [one(1, 'raised'), one(2, 'dreamt')];
    const { element, alarms } = await openDesk();
    element.button('Journal').say('click');
    await settle();
    const shown = element.find('tr').map((row) => row.textContent);
    expect(shown[1]).toContain('dreamt');
    expect(shown[2]).toMatch(/raised.*Aigul/);
    alarms.choose('performance');
    await settle();
    expect(element.textContent).toContain('Alarms in 10 minutes, mean1.2');
    expect(element.textContent).toContain('✗ not met');
    expect(element.textContent).toContain('80');
  });
});

describe('an action', () => {
  it('requires a name before the first one, keeps it, and sends the comment', async () => {
    server.entries = [entry()];
    const { element, alarms } = await openDesk();
    element.button('Acknowledge').say('click');
    const form = element.find('form')[0]!;
    form.say('submit');
    await settle();
    expect(form.textContent).toContain('Enter your name first.');
    expect(server.posts).toEqual([]);
    const [name, comment] = form.find('input');
    expect(page.activeElement).toBe(name);
    name!.value = 'Aigul';
    comment!.value = 'crew is on its way';
    server.entries = [entry({ state: 'ackActive' })];
    form.say('submit');
    await settle();
    expect(server.posts).toEqual([{
      path: '/alarms/m-12-e%3AOUTAGE/acknowledge', body: { by: 'Aigul', comment: 'crew is on its way' },
    }]);
    expect(alarms.operator.name).toBe('Aigul');
    expect(element.find('form')).toEqual([]);
    expect(rows(element)[0]).toContain('Active, acknowledged');
  });

  it('shelves with a reason only, for the time that was chosen', async () => {
    server.entries = [entry({ state: 'ackActive' })];
    const { element, alarms } = await openDesk();
    alarms.operator.name = 'Aigul';
    element.find('.alarm-actions')[0]!.button('Shelve').say('click');
    const form = element.find('form')[0]!;
    form.say('submit');
    expect(form.textContent).toContain('A reason is required.');
    form.find('input')[0]!.value = 'repair';
    form.find('select')[0]!.value = '480';
    form.find('input')[1]!.checked = true;
    form.say('submit');
    await settle();
    expect(server.posts[0]!.body).toEqual({ by: 'Aigul', reason: 'repair', minutes: 480, oneShot: true });
  });

  it('is offered by the list of the others, too', async () => {
    server.entries = [entry()];
    const { element } = await openDesk();
    const more = element.find('.alarm-more')[0]!;
    expect(more.find('option').map((option) => option.getAttribute('value'))).toEqual(
      ['', 'shelve', 'assign', 'out-of-service']);
    more.value = 'assign';
    more.say('change');
    expect(more.value).toBe('');
    expect(element.find('form')[0]!.textContent).toContain('Assign to');
  });

  it('stays open with the server’s words when it is refused', async () => {
    server.entries = [incident()];
    const { element, alarms } = await openDesk();
    alarms.operator.name = 'Aigul';
    element.button('Acknowledge').say('click');
    server.refusal = { status: 409, detail: 'somebody was faster' };
    const form = element.find('form')[0]!;
    form.say('submit');
    await settle();
    expect(form.textContent).toContain('Not done: somebody was faster');
    expect(element.find('form').length).toBe(1);
  });
});

describe('the alarm button', () => {
  it('says counts by priority in words, and opens by the key A of any layout', () => {
    const { desk, alarms } = setUp();
    const button = new AlarmButton(desk);
    alarms.take(summaryJson({ high: 1234 }));
    button.refresh();
    const element = seen(button.element);
    expect(element.getAttribute('aria-label'))
      .toBe('Alarms: critical 1, high 1,234, medium 5, low 3, unacknowledged: 4');
    expect(element.textContent).toContain('● 4');
    page.press('KeyA', { key: 'ф' });
    expect(alarms.isOpen).toBe(true);
    page.press('KeyA', { ctrlKey: true });
    page.press('KeyA', { target: page.createElement('input') });
    expect(alarms.isOpen).toBe(true);
    button.dispose();
    page.press('KeyA');
    expect(alarms.isOpen).toBe(true);
  });

  it('claims nothing before anything is known, and marks what is old', () => {
    const { desk, alarms, feed } = setUp();
    const button = new AlarmButton(desk);
    const element = seen(button.element);
    expect(element.textContent).toContain('––––');
    expect(element.getAttribute('aria-label')).toBe('Alarms: not known yet');
    alarms.take(summaryJson());
    feed.phase = 'lost';
    button.refresh();
    expect(element.getAttribute('data-old')).toBe('yes');
    expect(element.getAttribute('aria-label')).toContain('As of 14:00:00, not live');
  });
});

describe('the banner', () => {
  it('speaks all three languages, and goes only by acknowledging', async () => {
    const { desk, alarms, panels } = setUp({ locale: 'kk' });
    const banner = new AlarmBanner(desk);
    panels.push(banner);
    const element = seen(banner.element);
    expect(element.hidden).toBe(true);
    alarms.take(summaryJson({ banner: bannerJson }));
    expect(element.hidden).toBe(false);
    const texts = element.find('.alarm-banner-texts')[0]!;
    expect(texts.getAttribute('role')).toBe('alert');
    expect(texts.find('strong')[0]!.textContent).toBe('Earthquake-kk');
    expect(texts.find('span').map((span) => span.getAttribute('lang'))).toEqual(['ru', 'en']);
    expect(texts.textContent).toMatch(/21\.11\.2026, 13:59:00/);
    const [form] = element.find('form');
    form!.say('submit');
    await settle();
    expect(element.textContent).toContain('Алдымен атыңызды жазыңыз.');
    element.find('input')[0]!.value = 'Айгүл';
    form!.say('submit');
    await settle();
    expect(server.posts[0]!.body).toEqual({ by: 'Айгүл' });
    expect(element.hidden).toBe(true);
  });
});

describe('the wall', () => {
  it('shows the first few and never a button', async () => {
    server.entries = Array.from({ length: 30 }, (_, i) => entry({ id: `a${i}` }));
    const { desk, alarms } = setUp({ wall: true });
    alarms.showOnWall(true);
    alarms.take(summaryJson({ banner: bannerJson }));
    await settle();
    const parts = [new AlarmWall(desk), new AlarmButton(desk), new AlarmBanner(desk), new AlarmDesk(desk)]
      .map((panel) => seen(panel.element));
    expect(parts[0]!.find('li').length).toBe(8);
    expect(parts[2]!.hidden).toBe(false);
    expect(parts[3]!.hidden).toBe(true);
    for (const part of parts.slice(0, 3)) {
      for (const tag of ['button', 'form', 'input', 'select']) expect(part.find(tag)).toEqual([]);
      expect(part.tagName).not.toBe('BUTTON');
    }
  });
});

describe('the alarms of the selected twin', () => {
  it('are shown, asked for anew when something changed, and acknowledged', async () => {
    server.entries = [entry()];
    const { desk, alarms } = setUp();
    alarms.operator.name = 'Aigul';
    const section = new TwinAlarms(desk, 'm-12-e');
    await settle();
    const element = seen(section.element);
    expect(element.textContent).toContain('● Active, not acknowledged · 5 min ago');
    element.button('Acknowledge').say('click');
    server.entries = [];
    element.find('form')[0]!.say('submit');
    await settle();
    section.refresh();
    await vi.advanceTimersByTimeAsync(3_000);
    expect(server.posts.length).toBe(1);
    expect(server.asked).toEqual(['/twins/m-12-e/alarms', '/twins/m-12-e/alarms']);
    expect(element.textContent).toContain('No alarms.');
    section.dispose();
  });
});
