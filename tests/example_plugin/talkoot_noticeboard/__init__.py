"""Notices of associations on a municipality's noticeboard."""
