//! What is looked at in a page, as expressions that run in it.

/// How much wider the page is than its window, with everything unfolded.
pub(super) const EXCESS: &str = "
(() => {
    for (const part of document.querySelectorAll('details')) part.open = true;
    return document.scrollingElement.scrollWidth - window.innerWidth;
})()";

/// Elements and attributes that no page of ours has.
pub(super) const FOREIGN: &str = "
(() => {
    const ours = new Set(['HTML', 'HEAD', 'META', 'TITLE', 'STYLE', 'BODY', 'HEADER', 'MAIN', 'NAV', 'FOOTER', 'ARTICLE',
        'SECTION', 'DIV', 'P', 'SPAN', 'B', 'BDI', 'A', 'H1', 'H2', 'UL', 'OL', 'LI', 'DL', 'DT', 'DD', 'FIGURE', 'FIGCAPTION',
        'TABLE', 'THEAD', 'TBODY', 'TR', 'TH', 'TD', 'CODE', 'DETAILS', 'SUMMARY', 'svg', 'rect', 'line', 'path', 'text', 'title']);
    const foreign = [];
    for (const element of document.querySelectorAll('*')) {
        if (!ours.has(element.tagName)) foreign.push(element.tagName);
        for (const { name, value } of element.attributes) {
            if (/^on|^style$|^src/.test(name)) foreign.push(`${name}=${value}`);
            if (name === 'href' && !/^#e\\d+(-L?\\d+)?$/.test(value)) foreign.push(`${name}=${value}`);
        }
    }
    if (document.querySelectorAll('style').length !== 1) foreign.push('not one style');
    return foreign;
})()";

/// Links that lead nowhere, and ids that stand twice.
pub(super) const LOOSE_ENDS: &str = "
(() => {
    const ids = [...document.querySelectorAll('[id]')].map(element => element.id);
    const twice = ids.filter((id, at) => ids.indexOf(id) !== at);
    const links = [...document.querySelectorAll('a')].map(link => link.getAttribute('href'));
    const nowhere = links.filter(link => !document.getElementById(link.slice(1)));
    return [...twice, ...nowhere];
})()";

/// Texts whose contrast is below what WCAG wants at level AA.
pub(super) const PALE: &str = "
(() => {
    const channel = value => { value /= 255; return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4; };
    const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
    const parts = color => (color.match(/[\\d.]+/g) || []).map(Number);
    const behind = element => {
        for (let at = element; at; at = at.parentElement) {
            const color = parts(getComputedStyle(at).backgroundColor);
            if (color.length === 3 || color[3] === 1) return color;
        }
        return [255, 255, 255];
    };
    const pale = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const element = walker.currentNode.parentElement;
        const text = walker.currentNode.textContent.trim();
        // What is drawn upon a bar is told in words beside it.
        if (!text || !element.getClientRects().length || element.closest('.beyond, title')) continue;
        const style = getComputedStyle(element);
        const ink = parts(element.closest('svg') ? style.fill : style.color);
        const [high, low] = [light(ink), light(behind(element))].sort((one, other) => other - one);
        const size = parseFloat(style.fontSize);
        const wanted = size >= 24 || (size >= 18.66 && style.fontWeight >= 700) ? 3 : 4.5;
        const ratio = (high + 0.05) / (low + 0.05);
        if (ratio < wanted) pale.push(`${ratio.toFixed(2)} ${element.tagName}.${element.className.baseVal ?? element.className}: ${text.slice(0, 40)}`);
    }
    return [...new Set(pale)];
})()";

/// Parts of the page that are folded away.
pub(super) const FOLDED: &str = "
[...document.querySelectorAll('details')]
    .filter(part => !part.lastElementChild.checkVisibility()).length";

/// The texts of all elements that hold nothing but text.
pub(super) const TEXTS: &str = "
[...document.querySelectorAll('h1, td, dd, dt, code, p, li, th')].map(element => element.textContent)";
