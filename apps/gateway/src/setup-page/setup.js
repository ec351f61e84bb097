/** The setup page: takes the token out of the address, checks the form, and sends it to the keep that served it. */
const passwordLength = { min: 15, max: 256 };
const byId = (id) => document.getElementById(id);

/** A fragment is sent to no server; here it also leaves the address bar and the history. */
function takeToken() {
  const token = tokenIn(location.hash);
  history.replaceState(null, '', location.pathname);
  return token;
}

/** The token of a setup link, or the text itself. */
function tokenIn(text) {
  return (/#token=(.*)$/.exec(text)?.[1] ?? text.replace(/^#/, '')).trim();
}

// A link that is opened where this page is open already changes the fragment alone.
addEventListener('hashchange', () => location.reload());
let token = takeToken();
if (token === '') byId('token-field').hidden = false;

function complain(field, text) {
  byId(`${field}-complaint`).textContent = text;
  byId(field).toggleAttribute('aria-invalid', text !== '');
  if (text !== '') byId(field).setAttribute('aria-invalid', 'true');
}

/** What is wrong with each field; an empty text is right. The keep counts characters as code points, and so does this. */
function faults() {
  const length = [...byId('password').value].length;
  const { min, max } = passwordLength;
  return {
    token: byId('token-field').hidden || tokenIn(byId('token').value) !== '' ? '' : 'The setup link is missing.',
    name: byId('name').value.trim() === '' ? 'A name is missing.' : '',
    password:
      length < min
        ? `${min} characters at least: ${length === 0 ? 'there are none yet' : `these are ${length}`}.`
        : length > max
          ? `${max} characters at most: these are ${length}.`
          : '',
  };
}

function showFaults(found) {
  for (const [field, text] of Object.entries(found)) complain(field, text);
  const first = Object.keys(found).find((field) => found[field] !== '');
  if (first) byId(first).focus();
  return first !== undefined;
}

/** The keep's own words: its problem document, with what is wrong with a field at that field. */
function showProblem(problem) {
  const places = { '/setupToken': 'token', '/name': 'name', '/password': 'password' };
  const elsewhere = [];
  for (const { pointer, detail } of problem.errors ?? []) {
    const field = places[pointer];
    if (field && !byId(field).closest('.field').hidden) complain(field, detail);
    else elsewhere.push(detail);
  }
  const words = [problem.title, problem.detail === problem.title ? undefined : problem.detail, ...elsewhere];
  const remedy = document.createElement('a');
  remedy.href = `/docs/errors#${problem.code}`;
  remedy.textContent = 'What to do';
  byId('refusal').replaceChildren(...words.filter(Boolean).map((text) => `${text.replace(/\.$/, '')}. `), remedy);
  // Another token may be right.
  if (problem.code?.startsWith('setup-token-')) {
    byId('token-field').hidden = false;
    byId('token').focus();
  }
}

async function send() {
  if (!byId('token-field').hidden) token = tokenIn(byId('token').value);
  const body = { setupToken: token, name: byId('name').value.trim(), password: byId('password').value };
  const answer = await fetch('/admin/v1/setup', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const content = await answer.json();
  if (!answer.ok) return showProblem(content);
  byId('form').reset();
  byId('make').hidden = true;
  byId('made').hidden = false;
  byId('made-name').textContent = content.name;
  document.title = 'Datakeep: you are the admin';
  byId('made-title').focus();
}

byId('show').addEventListener('change', ({ target }) => {
  byId('password').type = target.checked ? 'text' : 'password';
});
for (const field of ['token', 'name', 'password']) byId(field).addEventListener('input', () => complain(field, ''));
byId('form').addEventListener('submit', async (event) => {
  event.preventDefault();
  byId('refusal').textContent = '';
  if (showFaults(faults())) return;
  byId('send').disabled = true;
  try {
    await send();
  } catch {
    byId('refusal').textContent = 'The keep did not answer. Does it still run?';
  } finally {
    byId('send').disabled = false;
  }
});
