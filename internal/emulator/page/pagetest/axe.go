package pagetest

import (
	"embed"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

//go:embed js/package.json js/package-lock.json
var axePackage embed.FS

// Axe is the script of axe-core, which knows what keeps people out of a page.
type Axe string

// InstallAxe takes axe-core from npm, in the version of the lock file, into a folder of the
// test.
func InstallAxe(t testing.TB) Axe {
	t.Helper()
	if _, err := exec.LookPath("npm"); err != nil {
		t.Fatal("npm is not installed: this test runs axe-core, which comes from there; install Node 20 or newer")
	}
	folder := t.TempDir()
	files, _ := fs.Sub(axePackage, "js") // the folder is embedded
	if err := os.CopyFS(folder, files); err != nil {
		t.Fatal(err)
	}
	install := exec.CommandContext(t.Context(), "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline")
	install.Dir = folder
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("npm ci could not install axe-core: %v\n%s", err, out)
	}
	script, err := os.ReadFile(filepath.Join(folder, "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	return Axe(script)
}

// Barriers lists what axe-core calls serious or critical in what is to be seen now: its
// rule, the element, and why.
func (b *Browser) Barriers(axe Axe) []string {
	b.t.Helper()
	const barriers = `(async () => {
  await Promise.all(document.getAnimations().filter((a) => a.effect.getTiming().iterations !== Infinity).map((a) => a.finished.catch(() => {})));
  const { violations } = await axe.run(document, { resultTypes: ['violations'] });
  return violations.filter((v) => ['serious', 'critical'].includes(v.impact)).flatMap((v) =>
    v.nodes.map((n) => v.id + ': ' + n.html.slice(0, 160) + ' – ' + n.failureSummary.replace(/\s+/g, ' ')));
})()`
	return now[[]string](b, fmt.Sprintf("if (!window.axe) { %s }\n%s", axe, barriers))
}
