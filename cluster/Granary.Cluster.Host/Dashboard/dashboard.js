// Everything that comes from the cluster is text: it goes in through textContent and attributes, never as markup.
'use strict';

const pause = 2000; // milliseconds between two looks
const mostCells = 1000; // shards drawn of a dataset
const mostPoints = 2000; // of a loss curve; above it every second one is left out
const svg = 'http://www.w3.org/2000/svg';

let chosen = null; // the job that is looked at
let stream = null; // its events
let steps = []; // its loss: [step, loss] in rising order
let evaluations = [];

function make(name, properties, children) {
  const element = document.createElement(name);
  Object.assign(element, properties);
  element.append(...(children ?? []));
  return element;
}

function draw(name, attributes, text) {
  const element = document.createElementNS(svg, name);
  for (const [key, value] of Object.entries(attributes)) {
    element.setAttribute(key, value);
  }
  element.textContent = text ?? '';
  return element;
}

async function read(path) {
  const answer = await fetch(path, { headers: { Accept: 'application/json' } });
  if (answer.status === 401) {
    location.assign('/login');
  }
  if (!answer.ok) {
    throw new Error(`${path}: ${answer.status}`);
  }
  return answer.json();
}

const cell = (text, kind) => make('td', { textContent: text ?? '', className: kind ?? '' });
const when = time => (time ? new Date(time).toLocaleString() : '');
const count = (shards, state) => shards[state] ?? 0;
const total = shards => Object.values(shards).reduce((sum, part) => sum + part, 0);

function progressOf(datasets) {
  const all = datasets.reduce((sum, dataset) => sum + total(dataset.shards), 0);
  const done = datasets.reduce((sum, dataset) => sum + count(dataset.shards, 'done'), 0);
  return all === 0 ? '' : `${done} of ${all} shards`;
}

function showJobs(jobs, datasets) {
  const rows = jobs.map(job => {
    const progress = progressOf((datasets.get(job.id) ?? []).filter(dataset => dataset.kind !== 'driver'));
    const row = make('tr', { tabIndex: 0, onclick: () => choose(job), onkeydown: event => event.key === 'Enter' && choose(job) }, [
      cell(job.id), cell(job.name), cell(job.command), cell(job.status, job.status), cell(job.waits ?? progress),
      cell(String(job.attempts)), cell(job.node), cell(when(job.submitted)),
    ]);
    row.setAttribute('aria-selected', String(job.id === chosen?.id));
    return row;
  });
  document.querySelector('#jobs tbody').replaceChildren(...rows);
}

function showNodes(nodes) {
  const stateOf = node => (node.is_lost ? 'lost' : node.is_draining ? 'draining' : 'alive');
  const rows = nodes.map(node => make('tr', {}, [
    cell(node.description.id), cell(stateOf(node), stateOf(node)), cell(String(node.description.threads)), cell(node.description.gpus.join(', ')),
    cell(node.leases.map(lease => `${lease.shard.dataset} #${lease.shard.index}${lease.progress ? `: ${lease.progress}` : ''}`).join('; ')), cell(when(node.last_seen)),
  ]));
  document.querySelector('#nodes tbody').replaceChildren(...rows);
}

async function showDatasets(datasets) {
  const parts = await Promise.all(datasets.map(async dataset => {
    const rows = await read(`/v1/datasets/shards?id=${encodeURIComponent(dataset.id)}&from=0&count=${mostCells}`);
    const cells = rows.map(row => make('span', { className: `cell ${row.state}`, title: `${row.key.index}: ${row.state}${row.owner ? `, ${row.owner}` : ''}${row.failure ? `: ${row.failure}` : ''}` }));
    const all = total(dataset.shards);
    const states = Object.entries(dataset.shards).filter(([, number]) => number > 0).map(([state, number]) => `${number} ${state}`).join(', ');
    const title = `${dataset.id}: ${states}${all > mostCells ? `; the first ${mostCells} are drawn` : ''}`;
    return [make('h3', { textContent: title }), make('div', { className: 'grid' }, cells)];
  }));
  document.querySelector('#datasets').replaceChildren(...parts.flat());
}

function choose(job) {
  if (job.id === chosen?.id) {
    return;
  }
  chosen = job;
  stream?.close();
  steps = [];
  evaluations = [];
  showCurve();
  document.querySelector('#datasets').replaceChildren();
  stream = new EventSource(`/v1/jobs/${encodeURIComponent(job.id)}/events`);
  stream.onmessage = message => take(JSON.parse(message.data));
  stream.addEventListener('again', () => { steps = []; evaluations = []; });
  look();
}

function take(event) {
  const points = event.kind === 'step' ? steps : event.kind === 'evaluation' ? evaluations : null;
  if (points === null || typeof event.loss !== 'number' || typeof event.step !== 'number') {
    return;
  }
  // A run that was taken up again goes on from an earlier step.
  while (points.length > 0 && points[points.length - 1][0] >= event.step) {
    points.pop();
  }
  points.push([event.step, event.loss]);
  if (points.length > mostPoints) {
    points.splice(0, points.length, ...points.filter((_, index) => index % 2 === 0));
  }
  requestAnimationFrame(showCurve);
}

function showCurve() {
  const place = document.querySelector('#curve');
  const points = [...steps, ...evaluations];
  if (points.length === 0) {
    place.replaceChildren();
    return;
  }
  const [width, height, left, bottom] = [900, 220, 50, 20];
  const last = Math.max(1, ...points.map(point => point[0]));
  const [low, high] = [Math.min(...points.map(point => point[1])), Math.max(...points.map(point => point[1]))];
  const x = step => left + (step / last) * (width - left);
  const y = loss => (height - bottom) * (1 - (loss - low) / (high - low || 1));
  const line = (curve, kind) => draw('polyline', { class: kind, points: curve.map(([step, loss]) => `${x(step).toFixed(1)},${y(loss).toFixed(1)}`).join(' ') });
  const picture = draw('svg', { viewBox: `0 -10 ${width} ${height + 20}`, role: 'img', 'aria-label': `loss by step, ${points.length} points` });
  picture.append(
    draw('line', { x1: left, x2: width, y1: height - bottom, y2: height - bottom }), draw('line', { x1: left, x2: left, y1: 0, y2: height - bottom }),
    line(steps, 'step'), line(evaluations, 'evaluation'),
    draw('text', { x: 0, y: 8 }, high.toPrecision(4)), draw('text', { x: 0, y: height - bottom }, low.toPrecision(4)),
    draw('text', { x: left, y: height }, '0'), draw('text', { x: width, y: height, 'text-anchor': 'end' }, `step ${last}`));
  place.replaceChildren(picture);
}

async function look() {
  const [jobs, nodes, queue] = await Promise.all([read('/v1/jobs'), read('/v1/nodes'), read('/v1/queue')]);
  const shown = jobs.filter(job => job.status === 'running' || job.id === chosen?.id).slice(0, 20);
  const datasets = new Map(await Promise.all(shown.map(async job => [job.id, await read(`/v1/jobs/${encodeURIComponent(job.id)}/datasets`)])));
  showJobs(jobs, datasets);
  showNodes(nodes);
  const running = jobs.filter(job => job.status === 'running').length;
  const alive = nodes.filter(node => !node.is_lost).length;
  document.querySelector('#standing').textContent = `${running} of ${jobs.length} jobs run, ${alive} of ${nodes.length} nodes live, ${queue.datasets.length} datasets are worked on`;
  const job = jobs.find(candidate => candidate.id === chosen?.id);
  document.querySelector('#job').hidden = job === undefined;
  if (job !== undefined) {
    document.querySelector('#job-title').textContent = `${job.id}: ${job.name}`;
    document.querySelector('#failure').textContent = job.failure ?? '';
    document.querySelector('#log').href = `/v1/jobs/${encodeURIComponent(job.id)}/log`;
    await showDatasets(datasets.get(job.id) ?? []);
  } else if (chosen === null && jobs.length > 0) {
    choose(jobs.find(candidate => candidate.status === 'running') ?? jobs[0]);
  }
}

async function watch() {
  try {
    await look();
  } catch (failure) {
    document.querySelector('#standing').textContent = `The coordinator does not answer (${failure.message}). Looking again.`;
  }
  setTimeout(watch, pause);
}

watch();
