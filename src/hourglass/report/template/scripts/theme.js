// Light and dark.

function theme() {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const root = document.documentElement;
  const isDark = () => (root.style.colorScheme ? root.style.colorScheme === "dark" : dark.matches);
  const name = () => {
    find("#theme").textContent = isDark() ? "Light" : "Dark";
  };
  find("#theme").onclick = () => {
    root.style.colorScheme = isDark() ? "light" : "dark";
    name();
  };
  dark.onchange = name;
  name();
}
