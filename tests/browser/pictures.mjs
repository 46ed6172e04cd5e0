// Draws the README's pictures: the top of a page that a browser journey kept, and the text of `status` as a terminal
// shows it. node pictures.mjs PAGE.png STATUS.txt FOLDER NAME
import { readFileSync } from 'node:fs';
import { launch } from './browser.mjs';

const [page, status, folder, name] = process.argv.slice(2);
const escape = (text) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;');
const browser = await launch();

/// One picture of `width` by `height` CSS pixels, or as high as its content.
async function draw(html, path, width, height) {
  const tab = await browser.newPage({ viewport: { width, height: height ?? 100 } });
  await tab.setContent(html);
  await tab.screenshot({ path, fullPage: height === undefined });
  await tab.close();
}

const shown = `data:image/png;base64,${readFileSync(page).toString('base64')}`;
await draw(`<body style="margin:0"><img src="${shown}" style="width:100%">`, `${folder}/portal${name}.png`, 960, 600);
const style = 'margin:0;padding:20px;background:#1b1e26;color:#e6e8ee;font:14px/1.45 "Noto Sans Mono CJK SC",monospace';
await draw(`<body style="margin:0"><pre style='${style}'>${escape(readFileSync(status, 'utf8'))}</pre>`, `${folder}/status${name}.png`, 960);
await browser.close();
