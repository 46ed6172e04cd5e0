// A page of someone else, in the browser of a party who is logged in: it makes no receipt and changes nothing (article 11).
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { DESK } from './browser.mjs';

export async function foreign(browser, { base, login }) {
  const context = await browser.newContext({ ...DESK, ignoreHTTPSErrors: true });
  const page = await context.newPage();
  await page.goto(`${base}/login`);
  await page.getByLabel('证件号码').fill(login.identity);
  await page.getByLabel('查询码').fill(login.code);
  await page.getByRole('button', { name: '登录', exact: true }).click();
  await page.goto(`${base}/cases/${login.caseId}`);
  const open = await page.locator('form[action^="/documents/service/"]').first().getAttribute('action');
  const before = await page.locator('main').innerText();
  const session = (await context.cookies()).find(c => c.name === '__Host-ferry').value;

  const paths = [open, open.replace(/open$/, 'file'), open.replace(/open$/, 'sign'), '/logout', '/preferences', `/cases/${login.caseId}/messages`];
  const asked = paths.map(path => base + path);
  const html = `<!doctype html><title>foreign</title>
    ${asked.map(url => `<img src="${url}"><link rel="prefetch" href="${url}">`).join('\n')}
    ${asked.map((url, n) => `<iframe name="frame${n}"></iframe><form id="form${n}" method="post" action="${url}" target="frame${n}">
      <input name="csrf" value=""><input name="text" value="x"><input name="language" value="en"><input name="back" value="/"></form>`).join('\n')}`;
  const server = createServer((request, response) => response.setHeader('content-type', 'text/html; charset=utf-8').end(html));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const answers = [];
  const asking = [];
  page.on('request', request => {
    if (request.url().startsWith(base) && request.method() === 'GET') asking.push(request);
  });
  page.on('response', response => {
    const url = response.url();
    if (url.startsWith(base)) answers.push([response.request().method(), response.status(), url.slice(base.length)]);
  });
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  await page.evaluate(async urls => {
    document.querySelectorAll('form').forEach(form => form.submit());
    for (const url of urls) {
      await fetch(url, { method: 'POST', mode: 'no-cors', credentials: 'include', body: new URLSearchParams({ csrf: '' }) })
        .catch(() => undefined);
      await fetch(url, { credentials: 'include' }).catch(() => undefined);
    }
  }, asked);
  // The top of the window goes where a foreign form leads, too.
  await page.evaluate(() => {
    const form = document.querySelector('#form0');
    form.removeAttribute('target');
    form.submit();
  });
  await page.getByText('请求已失效').waitFor();
  server.close();

  // The browser sent all of them; the test that runs this walk checks the portal's counts whether each arrived.
  const sent = await Promise.all(asking.map(async request => {
    const { 'sec-purpose': purpose = '' } = await request.allHeaders();
    return [request.url(), purpose.startsWith('prefetch') ? 'prefetch' : request.resourceType()];
  }));
  for (const url of asked) {
    for (const how of ['image', 'prefetch', 'fetch']) {
      assert.equal(sent.filter(([of, by]) => of === url && by === how).length, 1, `${how} ${url}`);
    }
  }
  const posts = answers.filter(([method]) => method === 'POST');
  assert.ok(posts.length >= paths.length, `the foreign page really asked: ${JSON.stringify(answers)}`);
  for (const [, status] of posts) assert.equal(status, 403);
  // Whoever asks from elsewhere is nobody here: he is asked to log in.
  const forAll = ['/login', '/style.css', '/icon.svg'];
  for (const [, status, path] of answers) assert.ok(status >= 300 || forAll.includes(path), `${status} ${path}`);
  await page.goto(`${base}/cases/${login.caseId}`);
  assert.equal(await page.locator('main').innerText(), before, 'the case is as it was');
  const cookies = await context.cookies();
  assert.equal(cookies.find(c => c.name === '__Host-ferry').value, session, 'the session is as it was');
  assert.equal(cookies.find(c => c.name === 'language'), undefined);
  await context.close();
}
