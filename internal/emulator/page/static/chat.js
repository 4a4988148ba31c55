export function mount(root, page) {
  root.append(page.person().name);
}
