// Draws the charts of a page from the figures that stand in it as JSON; the same figures stand below as a table.
(() => {
  "use strict";
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(`--${name}`).trim();
  const font = { fontFamily: style.getPropertyValue("--sans"), fontSize: 12, color: colour("ink-soft") };
  const shown = (value, unit) => (value == null ? "—" : value.toLocaleString("zh-CN", unit === "元" || unit === "yuan" ? { minimumFractionDigits: 2 } : {}));

  const short = (value) => {
    const size = Math.abs(value);
    if (document.documentElement.lang !== "en") {
      return size >= 1e8 ? `${value / 1e8}亿` : size >= 1e4 ? `${value / 1e4}万` : String(value);
    }
    return size >= 1e6 ? `${value / 1e6}M` : size >= 1e3 ? `${value / 1e3}k` : String(value);
  };

  const option = (figures) => {
    const paint = (series, index) => colour(series.colour || ["layer-pool", "layer-catastrophic", "layer-assistance"][index % 3]);
    const base = {
      animation: false,
      textStyle: font,
      tooltip: {
        trigger: figures.kind === "ring" ? "item" : "axis",
        axisPointer: { type: "shadow" },
        textStyle: { ...font, color: colour("ink") },
        borderColor: colour("line"),
        extraCssText: "box-shadow:none",
        valueFormatter: (value) => shown(value, figures.unit),
      },
    };
    if (figures.kind === "ring") {
      const data = figures.labels.map((name, index) => ({
        name, value: figures.series[0].values[index], itemStyle: { color: colour(figures.colours[index]) },
      })).filter((slice) => slice.value);
      return {
        ...base,
        legend: { orient: "vertical", left: "58%", top: "middle", itemWidth: 12, itemHeight: 12, icon: "rect", textStyle: { ...font, width: 112, overflow: "break" } },
        series: [{ type: "pie", radius: ["46%", "72%"], center: ["29%", "50%"], label: { show: false }, itemStyle: { borderColor: "#fff", borderWidth: 1 }, data }],
      };
    }
    const lying = figures.kind === "bars-lying";
    const names = { type: "category", data: figures.labels, inverse: lying, axisTick: { show: false }, axisLine: { lineStyle: { color: colour("line") } }, axisLabel: { ...font, ...(lying ? { width: 136, overflow: "truncate", interval: 0 } : { hideOverlap: true }) } };
    const values = { type: "value", splitNumber: 4, axisLabel: { ...font, formatter: short }, splitLine: { lineStyle: { color: colour("line-soft") } } };
    return {
      ...base,
      legend: figures.series.length > 1 ? { type: "scroll", top: 4, left: 8, right: 8, itemWidth: 12, itemHeight: 12, icon: "rect", textStyle: font } : undefined,
      grid: { left: 12, right: 16, top: figures.series.length > 1 ? 36 : 16, bottom: 8, containLabel: true },
      xAxis: lying ? values : names,
      yAxis: lying ? names : values,
      series: figures.series.map((series, index) => ({
        name: series.name,
        type: figures.kind === "line" ? "line" : "bar",
        stack: figures.kind === "stack" ? "all" : undefined,
        data: series.values,
        symbol: "circle", symbolSize: 4, barMaxWidth: 28,
        lineStyle: { width: 2 },
        itemStyle: { color: paint(series, index) },
      })),
    };
  };

  const draw = (place) => {
    const figures = JSON.parse(document.getElementById(place.dataset.chart).textContent);
    const chart = window.echarts.getInstanceByDom(place) || window.echarts.init(place, null, { renderer: "svg" });
    chart.setOption(option(figures), true);
    if (figures.links) chart.on("click", (event) => { if (figures.links[event.dataIndex]) location.href = figures.links[event.dataIndex]; });
  };

  const download = (panel) => {
    const lines = [...panel.querySelectorAll(".chart-table tr")].map((row) =>
      [...row.cells].map((cell) => `"${cell.textContent.trim().replaceAll('"', '""').replaceAll("−", "-")}"`).join(","));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(["\ufeff", lines.join("\r\n")], { type: "text/csv" }));
    link.download = `${panel.querySelector("h2").textContent.trim()}.csv`;
    link.click();
    URL.revokeObjectURL(link.href);
  };

  window.charts = (root) => { if (window.echarts) root.querySelectorAll("[data-chart]").forEach(draw); };
  window.addEventListener("resize", () => document.querySelectorAll("[data-chart]").forEach((place) => window.echarts?.getInstanceByDom(place)?.resize()));
  document.addEventListener("click", (event) => {
    const panel = event.target.closest(".panel");
    if (event.target.closest("[data-as-table]")) {
      const table = panel.classList.toggle("as-table");
      event.target.closest("[data-as-table]").setAttribute("aria-pressed", String(table));
      if (!table) window.charts(panel);
    }
    if (event.target.closest("[data-download]")) download(panel);
  });
})();
