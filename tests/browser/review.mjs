// The reviewer's page on his own machine: read, approve, refuse; and what nothing in a draft can do to it.
import assert from 'node:assert/strict';
import { DESK, TELEPHONE, Visitor, tabTo } from './browser.mjs';

const PAGES = ['/', '/items', '/items?flagged=1', '/items?kind=withheld', '/items?retracted=1', '/item/2/0', '/changes', '/document/0', '/document/1', '/release-form', '/decide', '/done'];

async function come(browser, given, name, options) {
  const v = await Visitor.come(browser, given, name, options);
  v.open = path => v.go(given.root + path);
  v.at = path => v.page.waitForURL(given.base + given.root + path);
  return v;
}

/// Every page on a desk and on a telephone, without JavaScript; then axe-core, which needs it.
async function everything(browser, given, pages) {
  for (const [name, options] of [['review-desk', DESK], ['review-telephone', TELEPHONE]]) {
    const v = await come(browser, given, name, { ...options, javaScriptEnabled: false });
    for (const path of pages) {
      const answer = await v.open(path);
      assert.equal(answer.status(), 200, path);
      await v.look(path.replaceAll(/\W+/g, '-').replace(/^-/, '') || 'overview');
    }
    await v.done();
    const seen = await come(browser, given, `${name}-axe`, { ...options, bypassCSP: true });
    for (const path of pages) {
      await seen.open(path);
      await seen.examine(path);
    }
    await seen.done();
  }
}

/// Reads, looks at the flagged document, compares the words, approves with the keyboard.
export async function reviewing(browser, given) {
  await everything(browser, given, PAGES);
  const { words, reason, person } = given.more;
  const v = await come(browser, given, 'reviewing', { ...DESK, javaScriptEnabled: false });
  const { page } = v;
  await v.open('/');
  assert.ok((await page.locator('main').innerText()).includes(words), 'the words are shown');
  const flagged = page.getByRole('region', { name: /疑似敏感项/ }).getByRole('article');
  assert.match(await flagged.first().innerText(), /裁定书\.pdf/);
  for (const text of await flagged.allInnerTexts()) assert.ok(text.includes(reason), text);
  // The first thing on the page with content is what was flagged.
  const headings = await page.locator('main h2').allInnerTexts();
  assert.match(headings[0], /疑似敏感项/);
  await page.getByRole('article').filter({ hasText: 'GG001' }).getByRole('link', { name: /查看文书/ }).click();
  await v.at('/document/0');
  const picture = page.getByRole('img', { name: /裁定书/ });
  await picture.waitFor();
  await page.waitForFunction(() => document.querySelector('.sheet-of-pdf').complete);
  const width = await picture.evaluate(e => e.naturalWidth);
  assert.ok(width > 500, `the page of the PDF is a picture of ${width} px`);
  await v.look('flagged-document');
  await page.getByRole('link', { name: /下一页/ }).first().click();
  await v.at('/document/0?page=2');
  const [saved] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: /保存文书/ }).click()]);
  assert.equal(saved.suggestedFilename(), '裁定书.pdf');

  // A picture stands in a frame without rights.
  await v.open('/document/5');
  const frame = page.frameLocator('iframe[sandbox=""]');
  assert.equal(await frame.locator('img').evaluate(e => e.naturalWidth), 1);
  await v.look('picture');

  await v.open('/changes');
  const changed = page.getByRole('article').filter({ hasText: '改动' });
  assert.match(await changed.innerText(), /旧的内容[\s\S]*新的内容/);
  await page.getByRole('navigation', { name: '页面' }).getByRole('link', { name: /全部内容/ }).click();
  await v.at('/items');
  await page.getByLabel(/含有文字/).fill('第二号');
  await page.getByRole('button', { name: /查找/ }).click();
  await page.waitForURL(/items\?.*text=/);
  assert.equal(await page.getByRole('article').count(), 1);
  await v.look('found');

  await v.open('/decide');
  assert.ok((await page.locator('main').innerText()).includes(person));
  const whole = await page.getByRole('button', { name: /签名批准/ }).evaluate(e => e.textContent.trim());
  const box = page.getByRole('checkbox', { name: /我已看过疑似敏感项/ });
  await box.focus();
  await page.keyboard.press('Space');
  assert.ok(await box.isChecked());
  await tabTo(page, 'button', whole);
  await page.keyboard.press('Enter');
  await v.at('/done');
  await page.getByRole('heading', { name: /已批准/ }).waitFor();
  await v.look('approved');
  assert.ok((await page.locator('main').innerText()).includes(words));
  await v.open('/decide');
  await v.look('decided');
  assert.equal(await page.getByRole('button').count(), 0, 'one decision');
  await v.done();
}

/// Another reviewer finds what should not cross, and refuses because of that record.
export async function refusing(browser, given) {
  const v = await come(browser, given, 'refusing', { ...TELEPHONE, javaScriptEnabled: false });
  const { page } = v;
  await v.open('/');
  assert.match(await page.locator('main').innerText(), /需 2 人审核签名，已有 1 人/);
  await v.look('waiting');
  await page.getByRole('link', { name: 'GG001', exact: true }).first().click();
  await v.at('/item/2/0');
  await page.getByRole('link', { name: /因这一条退回/ }).click();
  await v.at('/decide?item=2%2F0');
  await page.getByRole('textbox', { name: /理由/ }).fill('身份证号码未隐去');
  assert.ok(await page.getByRole('checkbox', { name: /GG001/ }).isChecked());
  await v.look('reason');
  await page.getByRole('button', { name: /签名退回/ }).click();
  await v.at('/done');
  await page.getByRole('heading', { name: /已退回/ }).waitFor();
  await v.look('refused');
  await v.done();
}

/// A key that may not decide.
export async function onlyReading(browser, given) {
  const v = await come(browser, given, 'only-reading', { ...TELEPHONE, bypassCSP: true });
  const { page } = v;
  await v.open('/decide');
  assert.match(await page.getByRole('alert').innerText(), /可以阅读，不能批准或退回/);
  assert.equal(await page.getByRole('button').count(), 0);
  await v.look('decide');
  await v.examine('decide');
  const missing = await v.open('/item/999/0');
  assert.ok(missing.status() >= 400);
  await v.look('problem');
  await v.examine('problem');
  await v.done();
}

/// How documents were read, on a telephone's width too.
export async function howItWasRead(browser, given) {
  for (const [name, shape] of [['how-it-was-read', DESK], ['how-it-was-read-telephone', { ...TELEPHONE, bypassCSP: true }]]) {
    const v = await come(browser, given, name, { ...shape, bypassCSP: true });
    for (const number of [0, 1, 2]) {
      const answer = await v.open(`/document/${number}`);
      assert.equal(answer.status(), 200);
      await v.look(`document-${number}`);
      await v.examine(`document-${number}`);
    }
    await v.done();
  }
}

/// With scripts allowed in the browser: what a draft brings runs nowhere, and what it hides is seen.
export async function hostile(browser, given) {
  const v = await come(browser, given, 'hostile', DESK);
  const { page } = v;
  const dialogs = [];
  page.on('dialog', dialog => dialogs.push(dialog.message()) && dialog.dismiss());
  for (const path of ['/', '/items', '/items?flagged=1', '/item/4/0', '/item/4/1', '/document/0', '/document/1', '/document/2', '/document/3', '/release-form', '/decide']) {
    const answer = await v.open(path);
    assert.equal(answer.status(), 200, path);
    await page.waitForLoadState('networkidle');
    for (const frame of page.frames()) assert.equal(await frame.evaluate(() => globalThis.pwned), undefined, path);
    assert.equal(await page.locator('script, [onload], [onerror]').count(), 0, path);
    await v.look(path.replaceAll(/\W+/g, '-').replace(/^-/, '') || 'overview');
  }
  await v.open('/item/4/0');
  const shown = await page.locator('main').innerText();
  assert.ok(shown.includes('GG-\\u{202e}fdp.exe'), 'a direction mark is seen');
  assert.ok(shown.includes('<script>globalThis.pwned = 1</script>'), 'a script is text');
  assert.ok(shown.includes('{{ 7 * 7 }}'));
  await v.open('/items');
  assert.ok((await page.locator('main').innerText()).length < 12_000, 'a huge text is clipped in a list');
  await v.open('/item/4/1');
  assert.ok((await page.locator('main').innerText()).length > 20_000, 'and whole on its own page');
  await v.open('/document/1');
  assert.ok((await page.locator('pre').innerText()).includes('<!doctype html>'), 'markup is shown as text');
  // The documents themselves, opened past the pages, run nothing either.
  for (const entry of [0, 1, 2, 3]) {
    const other = await v.context.newPage();
    await other.goto(`${given.base}${given.root}/raw/${entry}`).catch(e => assert.match(String(e), /Download is starting|ERR_ABORTED/));
    assert.equal(await other.evaluate(() => globalThis.pwned), undefined);
    await other.close();
  }
  assert.deepEqual(dialogs, []);
  await v.done();
}
