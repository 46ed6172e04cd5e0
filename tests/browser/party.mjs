// A party: reads, opens, signs, writes and leaves (articles 3, 9, 10 and 11).
import assert from 'node:assert/strict';
import { DESK, TELEPHONE, Visitor, tabTo } from './browser.mjs';
import { logIn } from './visitor.mjs';

/// Ways of working a page. A field for a secret has no role of its own.
const MOUSE = {
  act: (page, role, name) => page.getByRole(role, { name }).first().click(),
  type: (page, label, text) => page.getByLabel(label).fill(text),
  typeSecret: (page, label, text) => page.getByLabel(label).fill(text),
};
const KEYBOARD = {
  async act(page, role, name) {
    const whole = await page.getByRole(role, { name }).first().evaluate(e => e.textContent.trim());
    await tabTo(page, role, whole);
    await page.keyboard.press('Enter');
    await page.waitForLoadState();
  },
  async type(page, label, text) {
    await tabTo(page, 'textbox', label);
    await page.keyboard.press('Control+A');
    await page.keyboard.insertText(text);
  },
  /// It comes after the field that has the focus.
  async typeSecret(page, label, text) {
    await page.keyboard.press('Tab');
    const isThere = await page.getByLabel(label).evaluate(e => document.activeElement === e);
    assert.ok(isThere, `${label} does not come next`);
    await page.keyboard.insertText(text);
  },
};

/// On a desk without JavaScript.
export async function party(browser, given) {
  await walk(browser, given, 'party-desk', { ...DESK, javaScriptEnabled: false }, MOUSE);
}

/// On a telephone.
export async function telephone(browser, given) {
  await walk(browser, given, 'party-telephone', TELEPHONE, MOUSE);
}

/// With the keyboard alone.
export async function keyboard(browser, given) {
  await walk(browser, given, 'party-keyboard', DESK, KEYBOARD);
}

async function walk(browser, given, name, options, hand) {
  const { login } = given;
  const v = await Visitor.come(browser, given, name, options);
  const { page } = v;
  await v.go('/login');
  await hand.type(page, '证件号码', login.identity);
  await hand.typeSecret(page, '查询码', '00000000');
  await hand.act(page, 'button', /^登录$/);
  await page.getByRole('alert').waitFor();
  await v.look('wrong-log-in');
  assert.match(await page.getByRole('alert').innerText(), /有误/);
  const described = await page.getByLabel('查询码').getAttribute('aria-describedby');
  assert.ok(described.split(' ').includes('wrong'), 'the error belongs to its field');

  await v.go('/login');
  if (hand === KEYBOARD) {
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    // The first key leads past the head of the page.
    await page.waitForURL('**/login#main');
  }
  await hand.type(page, '证件号码', login.identity);
  await hand.typeSecret(page, '查询码', login.code);
  await hand.act(page, 'button', /^登录$/);
  await page.waitForURL('**/cases');
  await v.look('cases');
  await hand.act(page, 'link', login.caseNo);
  await page.waitForURL(`**/cases/${login.caseId}`);
  await v.look('case');

  // Opening gives the very file; the page then says so in words.
  const service = page.getByRole('region', { name: '送达文书' });
  assert.match(await service.getByRole('article').first().innerText(), /待签收/);
  const [shown] = await Promise.all([
    page.waitForResponse(response => response.url().startsWith(`${v.base}/files/`)),
    hand.act(page, 'button', /^查阅文书/),
  ]);
  assert.equal(shown.status(), 200);
  assert.equal(await shown.headerValue('content-type'), 'application/pdf');
  const file = await v.context.request.get(shown.url());
  assert.equal((await file.body()).subarray(0, 5).toString(), '%PDF-');
  await v.go(`/cases/${login.caseId}`);
  await v.look('opened');
  for (const word of ['首次查阅时间', '下载完成时间']) assert.ok((await service.innerText()).includes(word), word);
  await hand.act(page, 'button', /^签收文书/);
  await page.waitForURL('**/receipts/*');
  await v.look('receipt');
  const receipt = await page.locator('main').innerText();
  for (const word of ['送达回证', '到达时间', '首次查阅时间', '下载完成时间', '签收时间']) assert.ok(receipt.includes(word), word);
  await page.emulateMedia({ media: 'print' });
  await page.screenshot({ path: `${v.shots}/printed-receipt.png`, fullPage: true });
  assert.equal(await page.getByRole('navigation').filter({ visible: true }).count(), 0);
  await page.emulateMedia({ media: 'screen' });
  await hand.act(page, 'link', '返回案件');
  await page.waitForURL(`**/cases/${login.caseId}`);
  assert.match(await service.innerText(), /已签收/);
  assert.equal(await page.getByRole('button', { name: /^签收文书/ }).count(), 0, 'it is signed for once');

  // What is not taken stands in the form with its reason; what is taken stands under it.
  await hand.type(page, '留言内容', '　');
  await hand.act(page, 'button', '提交留言');
  await page.getByRole('alert').waitFor();
  await v.look('empty-message');
  const text = `请问${name}执行款何时发放？`;
  await hand.type(page, '留言内容', text);
  await hand.act(page, 'button', '提交留言');
  await page.getByText(text).waitFor();
  await hand.type(page, '申请说明', `请求查阅听证录像 ${name}`);
  await hand.act(page, 'button', '提交申请');
  await page.getByText(`请求查阅听证录像 ${name}`).waitFor();
  await v.look('written');

  await hand.act(page, 'link', '登录设备');
  await page.getByRole('heading', { name: '登录设备' }).waitFor();
  await v.look('sessions');
  await hand.act(page, 'button', '退出登录');
  await page.getByRole('link', { name: '登录查询' }).first().waitFor();
  await v.go(`/cases/${login.caseId}`);
  assert.match(page.url(), /\/login$/);
  await v.done();
}

/// What the case looks like once the handler answered, and a recording that is listened to from its middle (article 4).
export async function answered(browser, given) {
  for (const [name, options] of [['answered-desk', DESK], ['answered-telephone', TELEPHONE]]) {
    const v = await Visitor.come(browser, given, name, options);
    await logIn(v, given.login);
    const statuses = fileStatuses(v.page);
    await v.go(`/cases/${given.login.caseId}`);
    await v.look('case');
    assert.match(await v.page.locator('#messages ~ article').first().innerText(), /已回复/);
    assert.match(await v.page.getByRole('region', { name: '材料和录音录像' }).innerText(), /询问录音/);
    await listen(v.page);
    assert.ok(statuses.length > 0 && statuses.every(status => status === 206), `${statuses}`);
    await v.done();
  }
}

/// The statuses of the files that the page asks for from now on: a player may have asked before it is pressed.
function fileStatuses(page) {
  const statuses = [];
  page.on('response', response => {
    if (response.url().endsWith('/file')) statuses.push(response.status());
  });
  return statuses;
}

/// Plays the recording and goes on from its middle.
async function listen(page) {
  const player = await page.locator('audio').elementHandle();
  const at = await player.evaluate(async audio => {
    audio.muted = true;
    await audio.play();
    audio.currentTime = 45;
    await new Promise((done, failed) => {
      audio.addEventListener('seeked', done, { once: true });
      audio.addEventListener('error', () => failed(new Error(audio.error.message)), { once: true });
    });
    audio.pause();
    return [audio.duration, audio.currentTime];
  });
  assert.ok(Math.abs(at[0] - 60) < 1 && at[1] >= 45, `${at}`);
}
