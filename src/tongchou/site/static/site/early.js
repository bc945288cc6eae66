// Runs before the first paint, so that a folded navigation does not flash open.
if (localStorage.getItem("nav") === "narrow") document.documentElement.classList.add("nav-narrow");
