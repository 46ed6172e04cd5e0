// Someone who just comes by (articles 7 and 14).
import assert from 'node:assert/strict';
import { DESK, TELEPHONE, Visitor } from './browser.mjs';

export async function visitor(browser, given) {
  for (const [name, options] of [['visitor-desk', DESK], ['visitor-telephone', TELEPHONE]]) {
    const v = await Visitor.come(browser, given, name, { ...options, javaScriptEnabled: false });
    const { page } = v;
    await v.go('/');
    await v.look('home');
    assert.equal(await page.locator('html').getAttribute('lang'), 'zh-CN');
    // Announcements are narrowed by their type, with links alone.
    await page.getByRole('region', { name: '执行公告' }).getByRole('link', { name: '拍卖公告', exact: true }).click();
    await v.look('auctions');
    const entries = page.locator('.entries li');
    assert.ok(await entries.count() >= 2);
    for (const text of await entries.allInnerTexts()) assert.match(text, /拍卖公告/);
    await entries.first().getByRole('link').click();
    await v.look('auction');
    assert.match(await page.locator('main').innerText(), /本院将在司法拍卖网络平台公开拍卖/);
    await page.getByRole('navigation', { name: '当前位置' }).getByRole('link', { name: '执行公告' }).click();
    await v.look('announcements');
    await page.getByRole('navigation', { name: '主菜单' }).getByRole('link', { name: '首页' }).click();

    await page.getByRole('searchbox').fill('听证 第1号');
    await page.getByRole('button', { name: '检索' }).click();
    await v.look('search');
    assert.match(await page.locator('.entries').innerText(), /听证公告（第1号）/);
    await v.go('/search?q=' + encodeURIComponent('<b>没有</b>'));
    await v.look('nothing-found');
    assert.equal(await page.getByRole('searchbox').inputValue(), '<b>没有</b>');

    await v.go('/public/judgment');
    await v.look('judgments');
    await page.locator('.entries').getByRole('link').first().click();
    await v.look('judgment');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: '下载' }).click(),
    ]);
    assert.match(download.suggestedFilename(), /执行裁定书.*\.pdf$/);
    for (const path of ['/public/guide', '/public/staff', '/public/institution', '/public/roster', '/public/legal-source']) {
      await v.go(path);
      await v.look(path.split('/')[2]);
    }
    await v.go('/login');
    await v.look('log-in');
    const missing = await v.go('/public/case');
    assert.equal(missing.status(), 404);
    await v.look('not-found');
    const strange = await v.go('/logout');
    assert.equal(strange.status(), 405);
    await v.look('bad-request');
    await v.done();
  }
}

/// Another language and larger text: a form of the page's head, kept by the browser.
export async function reader(browser, given) {
  for (const [name, options] of [['english-desk', DESK], ['english-telephone', TELEPHONE]]) {
    const v = await Visitor.come(browser, given, name, { ...options, javaScriptEnabled: false });
    const { page } = v;
    await v.go('/public/announcement?type=auction');
    const size = () => page.locator('main').evaluate(e => parseFloat(getComputedStyle(e).fontSize));
    const normal = await size();
    await page.getByRole('button', { name: 'English' }).click();
    assert.equal(page.url(), given.base + '/public/announcement?type=auction', 'one stays where one was');
    assert.equal(await page.locator('html').getAttribute('lang'), 'en');
    await page.getByRole('button', { name: 'Large text' }).click();
    assert.ok(await size() >= normal * 1.25);
    await v.look('auctions');
    assert.match(await page.locator('.entries').innerText(), /Auction/);
    assert.match(await page.locator('.entries').innerText(), /\d{1,2} [A-Z][a-z]+ 2026/);
    for (const path of ['/', '/login', '/public/judgment', '/public/roster', '/search?q=x', '/nothing']) {
      await v.go(path);
      await v.look(path.replaceAll(/\W+/g, '-').replace(/^-$/, 'home'));
    }
    await logIn(v, given.login, 'ID number', 'Query code', 'Log in');
    await v.look('cases');
    await page.getByRole('link', { name: given.login.caseNo }).click();
    await v.look('case');
    assert.match(await page.locator('main').innerText(), /Applicant/);
    await page.getByRole('link', { name: 'Logged-in devices' }).click();
    await v.look('devices');
    await page.getByRole('button', { name: '中文' }).click();
    await page.getByRole('button', { name: '标准字号' }).click();
    assert.equal(await size(), normal);
    await v.done();
  }
}

export async function logIn(v, login, identity = '证件号码', code = '查询码', button = '登录') {
  await v.go('/login');
  await v.page.getByLabel(identity).fill(login.identity);
  await v.page.getByLabel(code).fill(login.code);
  await v.page.getByRole('button', { name: button, exact: true }).click();
  await v.page.waitForURL('**/cases');
}
