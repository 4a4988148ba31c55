// Elements are made here and nowhere from markup: text stays text.

/**
 * h makes an element. Attributes: `class`, `on` (event -> listener), properties whose value is a
 * boolean, everything else as it is; null and undefined are left out. Children may be nested
 * lists, strings, or nothing.
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === 'on') {
      for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    } else {
      element.setAttribute(name, value === true ? '' : value);
    }
  }
  element.append(...children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false && c !== ''));
  return element;
}

let ids = 0;

/** unique makes an id for a label or a description to point at. */
export function unique(prefix) {
  ids += 1;
  return `${prefix}-${ids}`;
}

/** icon is one of the shapes of icons.svg; it says nothing to a screen reader. */
export function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  use.setAttribute('href', `icons.svg#${name}`);
  svg.append(use);
  return svg;
}

/** avatar is the picture of somebody without a picture: letters on a colour of their own. */
export function avatar(name, id) {
  const sum = [...id].reduce((n, c) => (n * 175 + c.charCodeAt(0)) % 8191, 7);
  return h('span', { class: `avatar avatar-${sum % 8}`, 'aria-hidden': 'true' }, [...name][0] ?? '?');
}

/**
 * makeFault is the line that says why something could not be done. Its does(what) tries: true
 * when it was done, else the line stands there.
 */
export function makeFault(page) {
  const node = h('p', { class: 'notice bad', role: 'alert', hidden: true });
  const clear = () => { node.hidden = true; };
  return {
    node, clear,
    async does(what) {
      clear();
      try {
        await what();
        return true;
      } catch (error) {
        node.textContent = page.words(error.message);
        node.hidden = false;
        return false;
      }
    },
  };
}

/** appPicture is the picture of the app. */
export const appPicture = () => h('img', { class: 'avatar', src: 'icon.svg', alt: '' });
