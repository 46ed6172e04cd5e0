// A reviewer of the demo: reads what was flagged on their own page, and approves it.
import assert from 'node:assert/strict';
import { DESK, Visitor } from './browser.mjs';

export async function releasing(browser, given) {
  const v = await Visitor.come(browser, given, `release-${given.name}`, { ...DESK, javaScriptEnabled: false });
  const { page } = v;
  await v.go(given.root + '/');
  const flagged = page.getByRole('region', { name: /疑似敏感项/ }).getByRole('article').first();
  assert.match(await flagged.innerText(), /悬赏公告/);
  await v.look('flagged');
  await v.go(given.root + '/decide');
  await page.getByRole('checkbox', { name: /我已看过疑似敏感项/ }).check();
  await page.getByRole('button', { name: /签名批准/ }).click();
  await page.getByRole('heading', { name: /已批准/ }).waitFor();
  await v.look('approved');
  await v.done();
}
