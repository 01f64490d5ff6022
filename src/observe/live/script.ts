/**
 * What runs in the browser. A text and no function: whoever bundles or transforms their server must not change it.
 * All that comes from outside goes in as text, never as markup.
 */
export const script: string = String.raw`
'use strict';
(() => {
  const states = ['closed', 'half-open', 'open', 'isolated'];
  const most = 200, kept = 120;
  const byId = (id) => document.getElementById(id);
  const may = document.body.dataset.may === 'yes';
  const rows = new Map(), shown = new Map();
  let circuits = [], at = 0, offset = 0;
  const make = (name, className, text) => {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  };
  const put = (node, text) => { if (node.textContent !== text) node.textContent = text; };
  const svg = (name, attributes) => {
    const made = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };
  const span = (ms) => {
    const s = Math.max(0, Math.round(ms / 1000));
    if (s < 60) return s + ' s';
    if (s < 3600) return Math.floor(s / 60) + ' min ' + (s % 60) + ' s';
    return Math.floor(s / 3600) + ' h ' + Math.floor((s % 3600) / 60) + ' min';
  };
  const number = (value) => (value === null ? '' : value >= 100 ? String(Math.round(value)) : String(value));
  const latency = (ms) => (ms === null ? '' : ms < 10 ? ms + ' ms' : ms < 1000 ? Math.round(ms) + ' ms' : (ms / 1000).toFixed(1) + ' s');

  function take(row) {
    const [name, state, open, good, bad, away, p50, p99, running, abandoned, budget, used, limit, queued, keys, ids] = row;
    const known = rows.get(name);
    rows.set(name, { name, state, open, good, bad, away, p50, p99, running, abandoned, budget, used, limit, queued, keys, ids, past: known ? known.past : [] });
  }

  function remember() {
    for (const row of rows.values()) {
      row.past.push([row.state, row.p99]);
      if (row.past.length > kept) row.past.shift();
    }
  }

  const rank = (row) => (row.open > 0 ? 4 : 0) + (row.state > 0 ? 2 : 0) + (row.bad + row.away > 0 ? 1 : 0);

  function element(row) {
    let found = shown.get(row.name);
    if (found) return found;
    const line = make('tr');
    const head = make('th', '', row.name);
    head.scope = 'row';
    line.append(head);
    const classes = ['state', 'wide', 'number', 'number', 'number wide', 'number', 'wide', 'number wide', 'number wide', 'number wide'];
    const cells = classes.map((name) => make('td', name));
    line.append(...cells);
    const times = svg('svg', { width: 120, height: 14, role: 'img' });
    const spark = svg('svg', { width: 120, height: 18, role: 'img' });
    cells[1].append(times);
    cells[6].append(spark);
    if (may) for (const [id, policy] of row.ids) {
      const button = make('button', '', 'Change');
      button.type = 'button';
      button.setAttribute('aria-label', 'Change ' + policy + ' of ' + row.name);
      button.addEventListener('click', () => ask(id, row.name + ', ' + policy));
      head.append(' ', button);
    }
    found = { line, cells, times, spark };
    shown.set(row.name, found);
    return found;
  }

  function drawTimes(target, past) {
    const parts = [];
    let from = 0;
    past.forEach(([state], index) => {
      const next = past[index + 1];
      if (next && next[0] === state) return;
      if (state >= 0) parts.push(svg('rect', { x: kept - past.length + from, y: 2, width: index + 1 - from, height: 10, class: 's' + state }));
      from = index + 1;
    });
    target.setAttribute('aria-label', 'States of the last two minutes, now ' + (states[past.at(-1)[0]] || 'no circuit'));
    target.replaceChildren(...parts);
  }

  function drawSpark(target, past) {
    const highest = Math.max(1, ...past.map(([, ms]) => ms || 0));
    const points = past.map(([, ms], index) => (kept - past.length + index) + ',' + (17 - 15 * ((ms || 0) / highest)).toFixed(1)).join(' ');
    target.setAttribute('aria-label', '99th percentile of latency, at most ' + latency(highest));
    target.replaceChildren(svg('polyline', { points }));
  }

  function drawRow(row) {
    const { line, cells, times, spark } = element(row);
    const state = states[row.state] || '';
    const text = row.keys === null || row.open === 0 ? state || '–' : row.open + ' of ' + row.keys + ' ' + state;
    put(cells[0], text);
    cells[0].className = 'state ' + state;
    drawTimes(times, row.past);
    put(cells[2], number(row.good));
    put(cells[3], number(row.bad));
    put(cells[4], number(row.away));
    put(cells[5], latency(row.p99));
    drawSpark(spark, row.past);
    put(cells[7], row.running + (row.abandoned ? ' + ' + row.abandoned + ' abandoned' : ''));
    put(cells[8], row.budget === null ? '' : Math.round(row.budget * 100) + ' %');
    put(cells[9], row.used === null ? '' : row.used + '/' + row.limit + (row.queued ? ', ' + row.queued + ' queued' : ''));
    return line;
  }

  function draw() {
    const filter = byId('filter').value.toLowerCase();
    const all = [...rows.values()].filter(({ name }) => name.toLowerCase().includes(filter));
    all.sort((one, other) => rank(other) - rank(one) || (one.name < other.name ? -1 : 1));
    const first = all.slice(0, most);
    const lines = first.map(drawRow);
    const body = byId('pipelines');
    // Only where the order has changed: whoever reads a row or has a button in focus is not to lose it.
    if (body.children.length !== lines.length || lines.some((line, index) => body.children[index] !== line)) body.replaceChildren(...lines);
    for (const name of shown.keys()) if (!rows.has(name)) shown.delete(name);
    put(byId('more'), all.length > most ? 'and ' + (all.length - most) + ' more; search for them above.' : '');
    const broken = [...rows.values()].filter(({ open }) => open > 0).length;
    put(byId('summary'), broken === 0 ? 'All circuits of ' + rows.size + ' pipelines are closed.' : broken + ' of ' + rows.size + ' pipelines have circuits that are not closed.');
    document.title = (broken ? '(' + broken + ') ' : '') + 'kedge live';
  }

  const cards = new Map();
  function drawCircuits() {
    byId('open').hidden = circuits.length === 0;
    const present = new Set(circuits.map(({ id }) => id));
    for (const [id, card] of cards) if (!present.has(id)) { card.item.remove(); cards.delete(id); }
    for (const each of circuits) {
      const which = each.pipeline + (each.key ? ' ' + each.key : each.keyHash ? ' #' + each.keyHash : '') + ', ' + each.policy;
      let card = cards.get(each.id);
      if (!card) {
        const item = make('li');
        card = { item, head: make('p'), state: make('span', 'state'), rest: make('span'), why: make('p'), numbers: make('p', 'faint') };
        card.head.append(make('strong', '', which), ' ', card.state, card.rest);
        item.append(card.head, card.why, card.numbers);
        if (may) {
          const button = make('button', '', 'Change');
          button.type = 'button';
          button.setAttribute('aria-label', 'Change ' + which);
          button.addEventListener('click', () => ask(each.id, which));
          item.append(button);
        }
        cards.set(each.id, card);
        byId('circuits').append(item);
      }
      card.item.className = each.state;
      card.state.className = 'state ' + each.state;
      put(card.state, each.state);
      const now = Date.now() + offset;
      put(card.rest, ' for ' + span(now - each.since));
      put(card.why, [each.reason, each.error].filter(Boolean).join(' · '));
      const probe = each.probe === null ? 'closed by hand' : each.probe <= now ? 'the next call is a probe' : 'next probe in ' + span(each.probe - now);
      put(card.numbers, each.openings + ' openings · ' + each.turnedAway + ' turned away · ' + probe);
    }
  }

  function drawFailures(failures) {
    if (failures.length === 0) return;
    byId('failures').replaceChildren(...failures.map(({ pipeline, kind, text, count, at: last }) => {
      const item = make('li');
      const head = make('p');
      head.append(make('strong', '', pipeline), ' ' + kind + ' × ' + count + ' ', make('span', 'faint', new Date(last).toLocaleTimeString()));
      item.append(head, make('p', '', text));
      return item;
    }));
  }

  const events = new EventSource('?events');
  events.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    if (message.all) rows.clear();
    at = message.at;
    offset = at - Date.now();
    message.rows.forEach(take);
    for (const name of message.gone || []) rows.delete(name);
    remember();
    if (message.circuits) circuits = message.circuits;
    drawCircuits();
    draw();
    if (message.failures) drawFailures(message.failures);
    put(byId('link'), new Date(at).toLocaleTimeString());
  };
  events.onerror = () => put(byId('link'), 'The process does not answer. Trying again …');
  byId('filter').addEventListener('input', draw);

  let asked;
  function ask(id, which) {
    asked = id;
    put(byId('act-which'), which);
    put(byId('act-said'), '');
    byId('note').value = '';
    byId('act').showModal();
  }
  async function post(fields, said) {
    try {
      const query = '?' + new URLSearchParams(fields);
      const response = await fetch(query, { method: 'POST', headers: { 'x-kedge-live': '1' } });
      const answer = await response.json();
      if (response.ok) return answer;
      put(said, answer.title);
    } catch (error) {
      put(said, String(error));
    }
  }
  for (const button of document.querySelectorAll('[data-action]')) button.addEventListener('click', async () => {
    const fields = { action: button.dataset.action, circuit: asked, note: byId('note').value };
    if (await post(fields, byId('act-said'))) byId('act').close();
  });
  for (const button of document.querySelectorAll('[data-button]')) button.addEventListener('click', async () => {
    const said = byId('button-said'), name = button.dataset.button;
    put(said, name + ' …');
    button.disabled = true;
    const answer = await post({ button: name }, said);
    button.disabled = false;
    if (answer) put(said, name + ': ' + answer.said);
  });
})();
`;
