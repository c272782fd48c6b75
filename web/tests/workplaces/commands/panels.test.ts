import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Twin } from '../../../src/twins/cityTypes';
import { CommandButton } from '../../../src/workplaces/commands/CommandButton';
import { CommandDesk } from '../../../src/workplaces/commands/CommandDesk';
import { TwinOrders } from '../../../src/workplaces/commands/TwinOrders';
import { FakeDocument, seen, type FakeElement } from '../fakeDom';
import { deskWith, FakeCommandServer, order, preview } from './fakeCommands';

const Now = Date.UTC(2026, 10, 21, 9);
const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(1);
let page: FakeDocument;
let server: FakeCommandServer;
let made: ReturnType<typeof deskWith> | undefined;

beforeEach(() => {
  vi.useFakeTimers({ now: Now });
  page = new FakeDocument();
  vi.stubGlobal('document', page);
  server = new FakeCommandServer();
});

afterEach(() => {
  made?.commands.dispose();
  made?.alarms.dispose();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

async function openDesk(
  options: Parameters<typeof deskWith>[1] = {}, target: Parameters<ReturnType<typeof deskWith>['commands']['open']>[1] =
  { kind: 'cabinet', value: 'cab-1' },
) {
  made = deskWith(server, options);
  const panel = new CommandDesk(made.desk);
  made.panels.push(panel);
  made.commands.open(true, target);
  await settle();
  const element = seen(panel.element);
  return { ...made, panel, element, form: element.find('form')[0]! };
}

/** By what is written beside it. */
const field = (form: FakeElement, label: string): FakeElement => {
  const found = form.find('label').find((one) => one.textContent.startsWith(label));
  if (!found) throw new Error(`no field ${label} in: ${form.textContent}`);
  return [...found.find('input'), ...found.find('select')][0]!;
};

const type = (form: FakeElement, label: string, value: string): void => {
  const input = field(form, label);
  input.value = value;
  input.say(input.tagName === 'SELECT' ? 'change' : 'input');
};

async function fillAndCheck(form: FakeElement): Promise<void> {
  type(form, 'Level', '40');
  type(form, 'Operator', 'Aigul');
  form.say('submit');
  await settle();
}

describe('the order form', () => {
  it('offers the commands of the target with limits and unit, in the page’s language', async () => {
    const { form } = await openDesk({ locale: 'ru' });
    expect(field(form, 'Команда').find('option').map((one) => one.textContent)).toEqual(
      ['Set light level-ru', 'Switch contactor-ru']);
    expect(form.textContent).toContain('% · от 0 до 100');
    type(form, 'Команда', 'setContactor');
    expect(field(form, 'Contactor closed-ru').find('option').map((one) => one.textContent)).toEqual(['Да', 'Нет']);
  });

  it('sends nothing before it was said whom it would reach', async () => {
    const { form, commands } = await openDesk();
    await fillAndCheck(form);
    expect(server.posts.map(({ path }) => path)).toEqual(['/commands/preview']);
    const shown = form.find('.order-preview')[0]!;
    for (const words of ['Nothing is sent yet. It would be sent to 40.', 'reachable now: 36', 'would wait, offline: 3',
      'without a device: 1', 'stages: 2', 'open orders it replaces: 4', 'l-7 the device is offline', 'and 1 more']) {
      expect(shown.textContent, words).toContain(words);
    }
    expect(page.activeElement).toBe(shown.button('Send to 40'));
    shown.button('Send to 40').say('click');
    await settle();
    expect(server.posts.map(({ path }) => path)).toEqual(['/commands/preview', '/commands']);
    expect(server.posts[1]!.body).toEqual(server.posts[0]!.body);
    expect(server.posts[1]!.body).toMatchObject({
      name: 'setDimLevel', payload: 40, targets: { cabinet: 'cab-1' }, withinMinutes: 15, by: 'Aigul',
    });
    expect(form.find('.order-preview')).toEqual([]);
    expect(commands.selected?.id).toBe(server.posts[1]!.body['id']);
    expect(commands.operator.name).toBe('Aigul');
  });

  it('takes back what it found out once anything is changed, also while it is being found out', async () => {
    const { form } = await openDesk();
    await fillAndCheck(form);
    type(form, 'Level', '50');
    expect(form.find('.order-preview')).toEqual([]);
    form.say('submit');
    type(form, 'Level', '60');
    await settle();
    expect(form.find('.order-preview')).toEqual([]);
  });

  it('says what is missing, and what the server refused in its words', async () => {
    const { form } = await openDesk();
    form.say('submit');
    expect(form.textContent).toContain('The value is missing or out of its limits.');
    type(form, 'Level', '40');
    form.say('submit');
    expect(form.textContent).toContain('Enter your name first.');
    expect(server.posts).toEqual([]);
    server.refusal = { status: 400, detail: "targets.cabinet: 'cab-1' is not the id of a cabinet" };
    await fillAndCheck(form);
    expect(form.textContent).toContain("Not done: targets.cabinet: 'cab-1' is not the id of a cabinet");
    expect(form.find('.order-preview')).toEqual([]);
  });

  it('can be sent again, under the same id, where the answer was lost', async () => {
    const { form } = await openDesk();
    await fillAndCheck(form);
    const send = form.button('Send to 40');
    server.refusal = { status: 503, detail: 'the server is starting' };
    send.say('click');
    await settle();
    expect(form.textContent).toContain('Not done: the server is starting');
    server.refusal = undefined;
    send.say('click');
    await settle();
    expect(server.posts[1]!.body['id']).toBe(server.posts[0]!.body['id']);
  });

  it('orders a district by its name, and a filter that begins with what is shown', async () => {
    const { form, alarms } = await openDesk();
    alarms.narrow({ district: 'd-2' });
    type(form, 'For', 'filter');
    expect(field(form, 'Filter').value).toBe('kind=streetlight&district=d-2');
    type(form, 'For', 'district');
    expect(field(form, 'District').find('option').map((one) => one.textContent)).toEqual(['Almaly', 'Medeu']);
    type(form, 'District', 'd-2');
    type(form, 'Command', 'setDimLevel');
    await fillAndCheck(form);
    expect(server.posts[0]!.body['targets']).toEqual({ district: 'd-2' });
  });

  it('asks for the stages only where they are wanted', async () => {
    const { form } = await openDesk();
    expect(form.textContent).toContain('In stages');
    expect(form.find('.order-stages')).toEqual([]);
    const staged = field(form, 'In stages');
    staged.checked = true;
    staged.say('change');
    type(form, 'Twins a stage', '10');
    await fillAndCheck(form);
    expect(server.posts[0]!.body).toMatchObject({ stageSize: 10, stageMinutes: 5, failedShareMax: 0.2 });
  });

  it('says where nothing will show that it was done', async () => {
    server.preview = preview({ confirmedBy: null });
    const { form } = await openDesk();
    await fillAndCheck(form);
    expect(form.textContent).toContain('No telemetry shows that it was done');
  });
});

describe('the orders', () => {
  it('are shown with what became of them, and go on by themselves', async () => {
    server.orders = [order()];
    const { element } = await openDesk();
    const row = element.find('.order-row')[0]!;
    for (const words of ['Set light level: 40\u00a0%', 'running', 'done 8 of 40', 'aigul, 5 min ago']) {
      expect(row.textContent, words).toContain(words);
    }
    expect(row.find('.order-share').length).toBe(5);
    server.orders = [order({ state: 'finished', done: 38 })];
    await vi.advanceTimersByTimeAsync(4_100);
    expect(element.find('.order-row')[0]).toBe(row);
    expect(row.textContent).toContain('finished');
  });

  it('name those who did not obey, and why', async () => {
    server.orders = [order()];
    server.notDone = [
      { twin: 'l-7', state: 'failed', stage: 1, attempts: 1, steps: [
        { state: 'queued', at: '2026-11-21T08:55:00Z', detail: null },
        { state: 'failed', at: '2026-11-21T09:00:00Z', detail: 'acknowledged, and telemetry does not show it' },
      ] },
    ];
    const { element, selected } = await openDesk();
    element.find('.order-row')[0]!.say('click');
    await settle();
    const view = element.find('.order-view')[0]!;
    for (const words of ['queued20', 'sent5', 'delivered5', 'confirmed8', 'failed2', 'stage 1 of 2', 'storm',
      'Did not obey: 2', 'acknowledged, and telemetry does not show it · 14:00:00']) {
      expect(view.textContent, words).toContain(words);
    }
    expect(view.find('.order-count-expired')).toEqual([]);
    view.button('l-7').say('click');
    expect(selected).toEqual(['l-7']);
    expect(server.asked).toContain('/commands/o-1/not-done?limit=200');
  });

  it('are taken back under the operator’s name, while they run', async () => {
    server.orders = [order()];
    const { element, commands } = await openDesk();
    element.find('.order-row')[0]!.say('click');
    const cancel = element.button('Cancel the order');
    cancel.say('click');
    await settle();
    expect(element.textContent).toContain('Enter your name first.');
    commands.operator.name = 'Daniyar';
    server.orders = [order({ state: 'cancelled' })];
    cancel.say('click');
    await settle();
    expect(server.posts).toEqual([{ path: '/commands/o-1/cancel', body: { by: 'Daniyar' } }]);
    expect(element.find('.order-cancel')).toEqual([]);
  });

  it('say that there are none, and why they could not be loaded', async () => {
    const { element } = await openDesk();
    expect(element.textContent).toContain('Nothing has been ordered yet.');
    server.refusal = { status: 503, detail: 'the server is starting' };
    await vi.advanceTimersByTimeAsync(4_100);
    expect(element.find('.alarm-failure')[0]!.textContent).toContain('the server is starting');
    server.refusal = undefined;
    element.button('Try again').say('click');
    await settle();
    expect(element.find('.alarm-failure')).toEqual([]);
  });
});

describe('in the past', () => {
  it('nothing can be ordered, taken back or begun', async () => {
    server.orders = [order()];
    const { element, desk, time, panel } = await openDesk();
    const form = element.find('form')[0]!;
    type(form, 'Level', '40');
    type(form, 'Operator', 'Aigul');
    time.isPast = true;
    form.say('submit');
    await settle();
    expect(server.posts).toEqual([]);
    panel.refresh();
    expect(element.find('form')).toEqual([]);
    expect(element.find('.order-row')).toEqual([]);
    expect(element.textContent).toContain('Go back to live to order.');
    const section = new TwinOrders(desk, { id: 'l-1', kind: 'streetlight', model: 'light' } as Twin);
    expect(seen(section.element).button('Order…').disabled).toBe(true);
  });

  it('an order that was checked before is not sent any more', async () => {
    const { form, time } = await openDesk();
    await fillAndCheck(form);
    time.isPast = true;
    form.button('Send to 40').say('click');
    await settle();
    expect(server.posts.map(({ path }) => path)).toEqual(['/commands/preview']);
  });
});

describe('the way to an order', () => {
  it('is the key C of any layout, and Escape back', async () => {
    const { element, desk, commands } = await openDesk();
    const button = new CommandButton(desk);
    made!.panels.push(button);
    element.say('keydown', { key: 'Escape' });
    expect(element.hidden).toBe(true);
    page.press('KeyC', { key: 'с' });
    expect(commands.isOpen).toBe(true);
    expect(seen(button.element).getAttribute('aria-expanded')).toBe('true');
    page.press('KeyC', { target: page.createElement('input') });
    page.press('KeyC', { ctrlKey: true });
    expect(commands.isOpen).toBe(true);
    button.dispose();
  });

  it('begins with the twin that is selected, or the group that it stands for', async () => {
    const { form, desk, commands } = await openDesk();
    const begin = (twin: Partial<Twin>): void =>
      seen(new TwinOrders(desk, twin as Twin).element).button('Order…').say('click');
    begin({ id: 'm-1', kind: 'utilityMeter', model: 'meter' });
    expect(field(form, 'Id of the twin').value).toBe('m-1');
    expect(field(form, 'Command').find('option').length).toBe(2);
    begin({ id: 'cab-2', kind: 'lightingCabinet', model: 'cabinet' });
    expect(field(form, 'Id of the cabinet').value).toBe('cab-2');
    begin({ id: 'd-2', kind: 'district', model: 'district' });
    expect(field(form, 'District').value).toBe('d-2');
    expect(commands.isOpen).toBe(true);
    const none = new TwinOrders(desk, { id: 'b-1', kind: 'building', model: 'building' } as Twin);
    expect(seen(none.element).hidden).toBe(true);
  });

  it('gives its place to the alarms and takes it back', async () => {
    const { element, alarms } = await openDesk();
    alarms.open(true);
    expect(element.hidden).toBe(true);
    alarms.open(false);
    expect(element.hidden).toBe(false);
  });

  it('is not on the wall', async () => {
    const { element, desk } = await openDesk({ wall: true });
    expect(element.hidden).toBe(true);
    expect(seen(new CommandButton(desk).element).hidden).toBe(true);
  });
});
