/** A test double of the document: elements, custom elements, and the selectors that the scripts use. */

/** Matches a tag with attributes, such as `button` or `[words][data-luc-place]`. */
function matchesCompound(element, compound) {
  if (compound.includes(":")) return false;
  const [tag] = compound.match(/^[\w-]*/);
  const attributes = [...compound.matchAll(/\[([\w-]+)(?:=([\w-]+))?\]/g)];
  return (
    (tag === "" || element.localName === tag) &&
    attributes.every(([, name, value]) =>
      value === undefined ? element.hasAttribute(name) : element.getAttribute(name) === value,
    )
  );
}

function matchesPath(element, compounds) {
  const [last, ...others] = compounds;
  if (!matchesCompound(element, last)) return false;
  const [next] = others;
  if (next === undefined) return true;
  for (let each = element.parentElement; each; each = each.parentElement) {
    if (matchesPath(each, others)) return true;
  }
  return false;
}

class FakeNode extends EventTarget {
  static ELEMENT_NODE = 1;
  parentElement = null;

  remove() {
    const parent = this.parentElement;
    if (!parent) return;
    parent.childNodes.splice(parent.childNodes.indexOf(this), 1);
    this.parentElement = null;
    if (parent.isConnected) forEachCustom(this, (element) => element.disconnectedCallback?.());
  }

  after(text) {
    const { parentElement: parent } = this;
    parent.insertBefore(new FakeText(text), parent.childNodes[parent.childNodes.indexOf(this) + 1]);
  }

  get nextSibling() {
    const { childNodes } = this.parentElement;
    return childNodes[childNodes.indexOf(this) + 1] ?? null;
  }
}

class FakeText extends FakeNode {
  nodeType = 3;

  constructor(text) {
    super();
    this.textContent = `${text}`;
  }

  get outerHTML() {
    return this.textContent;
  }
}

export class FakeElement extends FakeNode {
  nodeType = 1;
  childNodes = [];
  attributes = new Map();
  style = new FakeStyle();
  clientWidth = 100;
  clientHeight = 100;
  scrollWidth = 100;
  scrollHeight = 100;
  offsetWidth = 100;

  /** Outside of a constructor, the name comes from the class that the page defined. */
  constructor(localName) {
    super();
    this.localName = localName ?? customElements.findName(new.target);
    if (localName === "template") this.content = new FakeElement("content");
  }

  get isConnected() {
    return this === document.documentElement || Boolean(this.parentElement?.isConnected);
  }

  get children() {
    return this.childNodes.filter(({ nodeType }) => nodeType === 1);
  }

  get childElementCount() {
    return this.children.length;
  }

  get firstElementChild() {
    return this.children[0] ?? null;
  }

  get textContent() {
    return this.childNodes.map((node) => node.textContent).join("");
  }

  set textContent(text) {
    this.replaceChildren(...(`${text}` === "" ? [] : [text]));
  }

  get outerHTML() {
    const attributes = [...this.attributes].map(([name, value]) => ` ${name}="${value}"`).join("");
    const style = this.style.text && ` style="${this.style.text}"`;
    const content = this.childNodes.map((node) => node.outerHTML).join("");
    return `<${this.localName}${attributes}${style}>${content}</${this.localName}>`;
  }

  getAttribute(name) {
    return this.attributes.get(name) ?? null;
  }

  hasAttribute(name) {
    return this.attributes.has(name);
  }

  setAttribute(name, value) {
    const previous = this.getAttribute(name);
    this.attributes.set(name, `${value}`);
    if (this.constructor.observedAttributes?.includes(name)) {
      this.attributeChangedCallback(name, previous, `${value}`);
    }
  }

  removeAttribute(name) {
    this.attributes.delete(name);
  }

  toggleAttribute(name, force = !this.hasAttribute(name)) {
    if (force && !this.hasAttribute(name)) this.setAttribute(name, "");
    else if (!force) this.removeAttribute(name);
    return force;
  }

  append(...nodes) {
    for (const node of nodes) this.insertBefore(node, null);
  }

  insertBefore(given, next) {
    const node = given instanceof FakeNode ? given : new FakeText(given);
    node.remove();
    const index = this.childNodes.indexOf(next);
    this.childNodes.splice(index < 0 ? this.childNodes.length : index, 0, node);
    node.parentElement = this;
    if (this.isConnected) forEachCustom(node, (element) => element.connectedCallback?.());
  }

  replaceChildren(...nodes) {
    for (const node of [...this.childNodes]) node.remove();
    this.append(...nodes);
  }

  cloneNode(isDeep) {
    const copy = document.createElement(this.localName);
    for (const [name, value] of this.attributes) copy.setAttribute(name, value);
    if (isDeep) {
      copy.append(...this.childNodes.map((node) => node.cloneNode?.(true) ?? new FakeText(node.textContent)));
    }
    return copy;
  }

  matches(selector) {
    return selector.split(",").some((each) => matchesPath(this, each.trim().split(" ").reverse()));
  }

  closest(selector) {
    return this.matches(selector) ? this : (this.parentElement?.closest(selector) ?? null);
  }

  contains(node) {
    return node === this || this.children.some((child) => child.contains(node));
  }

  querySelectorAll(selector) {
    return this.children.flatMap((child) => [
      ...(child.matches(selector) ? [child] : []),
      ...child.querySelectorAll(selector),
    ]);
  }

  querySelector(selector) {
    return this.querySelectorAll(selector)[0] ?? null;
  }

  getBoundingClientRect() {
    return { top: 0, bottom: 0, height: 0 };
  }

  get dataset() {
    const find = (name) => `data-${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    return new Proxy(this, {
      get: (element, name) => element.attributes.get(find(name)),
      set: (element, name, value) => (element.setAttribute(find(name), value), true),
    });
  }

  get classList() {
    const names = () => new Set(this.className.split(" ").filter(Boolean));
    const change = (name, isIn) => {
      const changed = names();
      if (isIn) changed.add(name);
      else changed.delete(name);
      this.className = [...changed].join(" ");
    };
    return { toggle: change, remove: (name) => change(name, false) };
  }
}

class FakeStyle {
  #properties = new Map();

  setProperty(name, value) {
    this.#properties.set(name, value);
  }

  removeProperty(name) {
    this.#properties.delete(name);
  }

  get text() {
    return [...this.#properties].map(([name, value]) => `${name}:${value}`).join(";");
  }
}

/** Properties that mirror an attribute. */
for (const [property, attribute] of Object.entries({
  lang: "lang",
  className: "class",
  dateTime: "datetime",
})) {
  Object.defineProperty(FakeElement.prototype, property, {
    get() {
      return this.getAttribute(attribute) ?? "";
    },
    set(value) {
      this.setAttribute(attribute, value);
    },
  });
}
Object.defineProperty(FakeElement.prototype, "hidden", {
  get() {
    return this.hasAttribute("hidden");
  },
  set(value) {
    this.toggleAttribute("hidden", value);
  },
});

class FakeCustomElements {
  classes = new Map();

  get(name) {
    return this.classes.get(name);
  }

  findName(elementClass) {
    return [...this.classes].find(([, each]) => each === elementClass)?.[0];
  }

  /** Elements that are in the page already become instances of the class. */
  define(name, elementClass) {
    if (this.classes.has(name)) throw new Error(`${name} is defined already`);
    this.classes.set(name, elementClass);
    for (const old of document.querySelectorAll(name)) {
      const element = new elementClass();
      for (const [attribute, value] of old.attributes) element.attributes.set(attribute, value);
      element.append(...[...old.childNodes]);
      old.parentElement.insertBefore(element, old);
      old.remove();
    }
  }
}

function forEachCustom(node, run) {
  if (node.nodeType !== 1) return;
  if (customElements.findName(node.constructor)) run(node);
  for (const child of node.children) forEachCustom(child, run);
}

class FakeDocument extends EventTarget {
  hidden = false;
  documentElement = new FakeElement("html");

  createElement(name) {
    const elementClass = customElements.get(name);
    return elementClass ? new elementClass() : new FakeElement(name);
  }

  querySelector(selector) {
    return this.documentElement.querySelector(selector);
  }

  querySelectorAll(selector) {
    return this.documentElement.querySelectorAll(selector);
  }
}

/** Give the global scope of this thread a document. @param {object} scope */
export function installDocument(scope) {
  const globals = {
    customElements: new FakeCustomElements(),
    document: new FakeDocument(),
    HTMLElement: FakeElement,
    Node: FakeNode,
  };
  for (const [name, value] of Object.entries(globals)) {
    Object.defineProperty(scope, name, { value, configurable: true, writable: true });
  }
}

/** Build an element. @param {Record<string, string>} attributes @param {...(FakeElement|string)} content */
export function build(tag, attributes, ...content) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  (element.content ?? element).append(...content);
  return element;
}
