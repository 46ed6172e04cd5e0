// What axe-core finds on every page: nothing.
import assert from 'node:assert/strict';
import { DESK, TELEPHONE, Visitor } from './browser.mjs';
import { logIn } from './visitor.mjs';

// Every kind that is open to everyone (articles 7 and 14), as a list and one entry of it.
const KINDS = ['announcement', 'enforcement-guide', 'guide', 'institution', 'judgment', 'legal-source', 'roster', 'staff'];
const PUBLIC = ['/', '/public/announcement?type=reward', '/search?q=公告', '/login', '/nothing'];

export async function accessible(browser, given) {
  const screens = { light: { ...DESK, colorScheme: 'light' }, dark: { ...TELEPHONE, colorScheme: 'dark' } };
  for (const [name, options] of Object.entries(screens)) {
    const v = await Visitor.come(browser, given, `accessible-${name}`, { ...options, bypassCSP: true });
    const { page } = v;
    for (const path of PUBLIC) {
      await v.go(path);
      await v.examine(path);
    }
    for (const kind of KINDS) {
      await v.go(`/public/${kind}`);
      await v.examine(kind);
      await page.locator('.entries').getByRole('link').first().click();
      await page.waitForURL(`**/public/${kind}/*`);
      await v.examine(`one ${kind}`);
      await v.look(kind);
    }
    await v.go('/login');
    await page.getByLabel('证件号码').fill(given.login.identity);
    await page.getByLabel('查询码').fill('00000000');
    await page.getByRole('button', { name: '登录', exact: true }).click();
    await v.examine('wrong log-in');
    await logIn(v, given.login);
    await v.examine('cases');
    await v.go(`/cases/${given.login.caseId}`);
    // Whatever a case can have is on this one.
    assert.match(await page.locator('#messages ~ article').first().innerText(), /已回复/);
    await page.locator('audio').waitFor();
    await v.examine('case');
    await v.look('case');
    await page.getByLabel('留言内容').fill('　');
    await page.getByRole('button', { name: '提交留言' }).click();
    await page.getByRole('alert').waitFor();
    await v.examine('message that was not taken');
    await v.go('/sessions');
    await v.examine('sessions');
    await v.go(`/cases/${given.login.caseId}`);
    await page.getByRole('link', { name: /^查看送达回证/ }).first().click();
    await v.examine('receipt');
    for (const button of ['English', 'Large text']) await page.getByRole('button', { name: button }).click();
    for (const path of [...PUBLIC, '/public/judgment', '/public/staff', '/cases', `/cases/${given.login.caseId}`, '/sessions']) {
      await v.go(path);
      await v.examine(`${path} in English`);
    }
    await v.done();
  }
}
