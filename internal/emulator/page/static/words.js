// Every word of the page stands in words.LANGUAGE.json :: key -> sentence with {placeholders}.

const languages = ['en', 'ko'];

/** language is the reader's choice, else the browser's, else English. */
export function language() {
  const chosen = localStorage.getItem('language') ?? navigator.language.slice(0, 2);
  return languages.includes(chosen) ? chosen : 'en';
}

/** setLanguage loads the page anew, which gives the language to its people: what was typed into a form stays with the workspace. */
export function setLanguage(code) {
  localStorage.setItem('language', code);
  location.reload();
}

/** loadWords gives the func that says a key; a key without words says itself. */
export async function loadWords() {
  const response = await fetch(`words.${language()}.json`);
  const sentences = await response.json();
  return (key, args = {}) =>
    (sentences[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => (name in args ? String(args[name]) : whole));
}
