export function mount(root, page) {
  root.append(page.words('shell.failed'));
}
